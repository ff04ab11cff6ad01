# Source in encodings that codecs of the library know, and what is said of bytes that fit none.
import os
import subprocess
import sys
import tempfile

SOURCES = [
    b"# -*- coding: cp1251 -*-\nprint(ascii('\xcf\xb3\xf2\xee\xed'))",
    b"# -*- coding: cp1251 -*-\nPython = '\xcf\xb3\xf2\xee\xed' +",
    b"#!/usr/bin/adder\n# coding=latin9\nprint(ascii('\xa4'))",
    b"# coding: iso8859-7\nprint(ascii('\xe1'), len('\xe1'))\n\xe1 = 1\nprint(\xe1)",
    b"# coding: cp1252\nx = '\x81'",
    b"# coding: koi8-r\r\nprint('a')\r\nprint(ascii('\xc1'))",
    b"# coding: nonsense\nx = 1",
    b"x = 1\n'\x89'",
]
for source in SOURCES[:-1]:
    try:
        exec(compile(source, "<source>", "exec"))
    except SyntaxError as e:
        print(ascii(e.msg), e.filename, e.lineno, e.offset, ascii(e.text))

with tempfile.TemporaryDirectory() as folder:
    sys.path.insert(0, folder)
    sys.dont_write_bytecode = True
    for i, source in enumerate(SOURCES):
        path = os.path.join(folder, "encoded%d.py" % i)
        with open(path, "wb") as f:
            f.write(source)
        try:
            if i != 7:
                __import__("encoded%d" % i)
        except SyntaxError as e:
            print(ascii(e.msg), e.lineno, e.offset)
        if i != 4 and i != 6:
            done = subprocess.run([sys.executable, path], capture_output=True)
            print(done.returncode, done.stdout, done.stderr.replace(folder.encode(), b"FOLDER").splitlines()[-2:])
