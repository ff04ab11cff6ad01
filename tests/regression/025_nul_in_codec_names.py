# An encoding or the name of an error handler with a NUL inside is refused everywhere.
calls = (
    lambda: b"".decode("utf-8\0"),
    lambda: b"a".decode("utf-8", "stri\0ct"),
    lambda: bytearray(b"a").decode("x\0"),
    lambda: "a".encode("utf-8\0"),
    lambda: bytes("a", "utf-8\0"),
    lambda: bytearray("a", "utf-8\0"),
    lambda: str(b"a", "utf-8\0"),
    lambda: str(b"a", "utf-8", "x\0"),
    lambda: bytes("a", 3),
    lambda: b"a".decode(3),
    lambda: "a".encode("utf-8", 3),
    lambda: str(b"a", 3),
    lambda: str(b"a", errors=3),
)
for call in calls:
    try:
        print(call())
    except Exception as error:
        print(type(error).__name__, error)
