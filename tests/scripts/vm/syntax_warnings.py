import warnings

for src in ['x is 1', 'x is not "a"', 'x is None', '1 is x is ()', 'assert (1, "a")', '1()', '[1](2)', '(1)[2]', '[1]["a"]',
            '"a"[1.5]', '{1}[2]', '"\\d"', 'b"\\d"', '0x1for x in y', '1or 2', '[1, 2][1, 2]', 'f"{x is 1}"', 'if x is 3: pass',
            '(lambda: 1)[2]']:
    with warnings.catch_warnings(record=True) as w:
        warnings.simplefilter("always")
        try:
            compile(src, "<t>", "exec")
        except SyntaxError as e:
            print("err", e)
    print(src, [(x.category.__name__, str(x.message), x.lineno, x.filename) for x in w])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            compile(src, "<t>", "exec")
        except SyntaxError as e:
            print("err", e)
