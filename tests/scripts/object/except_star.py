# except*: clauses of exception groups.
eg = ExceptionGroup("g", [ValueError(1), TypeError(2), ExceptionGroup("h", [ValueError(3)])])
try:
    raise eg
except* ValueError as v: print("V", v.exceptions)
except* TypeError as t: print("T", t.exceptions)
try:
    try: raise eg
    except* ValueError: pass
except ExceptionGroup as rest: print(rest.exceptions)
try:
    try: raise ValueError("naked")
    except* ValueError as v: print(repr(v)); raise
except ExceptionGroup as q: print("re", repr(q))
