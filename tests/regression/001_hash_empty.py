# The hash of no text and no bytes is 0, and look-ups by objects that say the same find it.
class Empty:
    def __hash__(self):
        return hash("")

    def __eq__(self, other):
        return other == "" or other == b""


print(hash(""), hash(b""), hash("" * 5), hash("abc"[:0]))
print({"": 1}[Empty()], Empty() in {""}, {b"": 2}.get(Empty()), "" in {"a": 1}, frozenset([""]) == {""})
