# A closed file in memory refuses writelines, also of nothing.
import io

for file in (io.StringIO("a\nb\n"), io.BytesIO(b"a\nb\n")):
    print(file.writable(), file.readlines(), file.tell(), file.seek(0), file.read(1), file.truncate(2))
    file.note = 1
    again = type(file)()
    again.__setstate__(file.__getstate__())
    print(again.getvalue(), again.tell(), again.note)
    file.close()
    for name, arguments in (("writelines", ([],)), ("read", ()), ("seek", (0,)), ("readlines", ()),
                            ("isatty", ()), ("flush", ()), ("__enter__", ()), ("__iter__", ())):
        try:
            result = getattr(file, name)(*arguments)
            print(name, "itself" if result is file else result)
        except ValueError as error:
            print(name, error)
    print(file.closed)
for name in ("newlines", "line_buffering", "encoding"):
    file = io.StringIO()
    file.close()
    try:
        print(name, getattr(file, name))
    except ValueError as error:
        print(name, error)
