def f(exc, log):
    try:
        raise exc
    except* ValueError as e:
        log.append(('V', repr(e)))
    except* (TypeError, KeyError) as e:
        log.append(('T', repr(e)))
        raise RuntimeError('new')
    except* OSError:
        log.append('os'); raise
    else: log.append('else')
    finally: log.append('fin')
    return 'end'
for exc in [ValueError(1), ExceptionGroup("g",[ValueError(1),TypeError(2),OSError(3)]), ExceptionGroup("g",[ValueError(1),ExceptionGroup("h",[ValueError(2)])]), ExceptionGroup("g",[IndexError(1), OSError(2), ExceptionGroup("h",[ValueError(2), OSError(4)])]), IndexError(1)]:
    log=[]
    try: log.append(f(exc, log))
    except BaseException as e: log.append(repr(e)); log.append(repr(e.__context__))
    print(log)
for src in ["try: pass\nexcept* A: pass\nexcept B: pass","try: pass\nexcept*: pass","for i in x:\n try: pass\n except* A: break","def f():\n try: pass\n except* A: return 1","for i in x:\n try: pass\n except* A:\n  for j in k: break\n  while 1: continue\n  def g(): return"]:
    try: compile(src,'<s>','exec'); print('ok')
    except SyntaxError as e: print(e)
try:
    try: raise ValueError
    except* ExceptionGroup: pass
except TypeError as e: print(e)
import sys
def g():
    try:
        try: raise ExceptionGroup("g",[ValueError(1),TypeError(2)])
        except* ValueError: print(repr(sys.exc_info()[1])); raise KeyError(3)
    except ExceptionGroup as e: print(repr(e), [repr(x.__context__) for x in e.exceptions])
    print(sys.exc_info())
g()
def gen():
    try: yield 1
    except* ValueError as e: yield repr(e)
    yield 2
x=gen(); next(x); print(x.throw(ValueError(3)), next(x))
