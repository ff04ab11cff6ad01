# binascii's uuencode and quoted-printable; escapes of bytes literals; warnings of bad escapes.
import binascii
import codecs
import pickle
import pickletools
import io
import warnings

data = bytes(range(256))
for start in range(0, 256, 45):
    for backtick in (False, True):
        line = binascii.b2a_uu(data[start:start + 45], backtick=backtick)
        print(line, binascii.a2b_uu(line) == data[start:start + 45])
print(binascii.b2a_uu(b""), binascii.b2a_uu(b"", backtick=True), binascii.b2a_uu(b"x"), binascii.b2a_uu(b"xy"))
for bad in (b"\x20\x20", b"!", b"! ", b"$ ", b"#\x00\x01", b"!!!!!!", b"##!!\x7f", b"!!!!! \n", b"x" * 3, b"\xff", "!0"):
    try:
        print(bad, binascii.a2b_uu(bad))
    except binascii.Error as e:
        print(bad, e)
for call in (lambda: binascii.b2a_uu(b"x" * 46), lambda: binascii.b2a_uu("x"), lambda: binascii.a2b_uu("\xff"),
             lambda: binascii.b2a_qp("x"), lambda: binascii.a2b_qp("\u20ac")):
    try:
        print(call())
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)

texts = [b"", b"=", b"= ", b"==", b"=\n", b"=\r\n", b"=AB", b"=0", b"=zz", b"a_b=5Fc", b"=x\r\ny", b"=\rAB\r\n  \r\t=\n",
         b"line one=\nline two", b"=20=", b"=3D=3d"]
for text in texts:
    print(text, binascii.a2b_qp(text), binascii.a2b_qp(text, header=True))
texts = [b"", b"0" * 75 + b"\r\n\r\n\r\n", b"0" * 77, b"x" * 75 + b"y", b"=\xff", b"a b\t\n", b" \n\t\r\n", b".", b".\n.", b"..\n",
         b".x", b"a_b c", b"\0\x01\x7f\x7e", b"x\r", b"x\ry\n", b"tab\tend\t", data, data * 2, b"\xff" * 60, b"x " * 60]
for text in texts:
    for quotetabs in (False, True):
        for istext in (False, True):
            for header in (False, True):
                made = binascii.b2a_qp(text, quotetabs=quotetabs, istext=istext, header=header)
                print(made)

with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    for text in (b"", b"abc", b"\\n\\t\\x41\\101\\7\\08\\\\\\'\\\"\\a\\b\\f\\v\\r", b"x\\\ny", b"\\z\\q", b"\\501", b"\\377", "\\x41\u20ac"):
        print(codecs.escape_decode(text))
    for text in (b"\\", b"a\\x", b"\\x4", b"\\xzz"):
        for errors in (None, "strict", "ignore", "replace", "other"):
            try:
                print(codecs.escape_decode(text, errors))
            except ValueError as e:
                print(e)
    print(codecs.escape_encode(data), codecs.escape_encode(b""))
    print(codecs.decode(b"\\z\\q", "unicode_escape"), codecs.decode(b"\\501", "unicode_escape"))
print([str(w.message) for w in seen])
with warnings.catch_warnings():
    warnings.simplefilter("error")
    for call in (lambda: codecs.escape_decode(b"\\z"), lambda: codecs.unicode_escape_decode(b"\\z")):
        try:
            call()
        except DeprecationWarning as e:
            print(e)
try:
    codecs.escape_encode("x")
except TypeError as e:
    print(e)

print(pickle.loads(b"S'a\\nb'\n."))
out = io.StringIO()
pickletools.dis(pickle.dumps(["a", "b\n", 1.5, 10 ** 30, None], 0), out)
print(out.getvalue())
