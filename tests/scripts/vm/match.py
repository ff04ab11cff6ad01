import collections
class P:
    __match_args__=("x","y")
    def __init__(s,x,y): s.x=x; s.y=y
    def __repr__(s): return f"P({s.x},{s.y})"
def f(v):
    match v:
        case 0 | 1 | -3: return "small"
        case 1+2j: return "cplx"
        case "a" | b"b": return "ab"
        case None | True: return "single"
        case []: return "empty"
        case [x]: return f"one {x}"
        case [x, 5] | [5, x]: return f"five {x}"
        case [1, *_, 9]: return "1..9"
        case [x, *rest] if len(rest) > 3: return ("rest", x, rest)
        case (x, [y, *z], P(a, y=b)): return ("nest", x, y, z, a, b)
        case [_, _]: return "two"
        case {"k": v, "j": [q, *_], **r}: return ("map", v, q, r)
        case {"only": int(n) | str(n)}: return ("only", n)
        case {}: return "map"
        case P(x=0, y=yy): return ("P0", yy)
        case P(x, P(y, z)) as whole: return ("PP", x, y, z, whole)
        case P(): return "P"
        case float(z): return ("float", z)
        case collections.deque as d: return "?"
    return "none"
for v in [0,1,-3,1+2j,"a",b"b",None,True,[],[3],[4,5],[5,4],[1,2,9],[1,2,3,4,5],(1,[2,3,4],P(7,8)),[1,2],{"k":1,"j":[2,3],"z":3},{"only":3},{"only":"s"},{"only":2.5},{},P(0,3),P(1,P(2,3)),P(1,2),2.5,range(2),range(1)]:
    print(v, f(v)) if not isinstance(v, float) or True else 0
match = 3; case = 4
match[0] if 0 else print(match, case)
print(match
 - 1)
def g(x):
    for i in range(3):
        match x, i:
            case (1, 2): break
            case (1, k) if k == 1: continue
            case (1, k):
                yield k
            case _:
                yield "d"
                return
    else:
        yield "else"
print(list(g(1)), list(g(2)))
for src in ["match x:\n case a: pass\n case b: pass", "match x:\n case _: pass\n case 1: pass","match x:\n case [a,a]: pass","match x:\n case a|1: pass","match x:\n case [1,a]|2: pass","match x:\n case {'a':1,'a':2}: pass","match x:\n case P(1,x=2,3): pass","match x:\n case P(x=1,x=2): pass","match x:\n case [*a,*b]: pass","match x:\n case 1 as _: pass","match x:\n case 1 as a.b: pass","match x:\n case 1\n  pass","match x:\n case 1:\npass","match x:\npass","match x\n case 1: pass", "match x:\n case 1j+1: pass","match x:\n case f'a': pass","match x:\n  pass", "match x:\n case -a: pass", "match x:\n case {**r, 'a':1}: pass"]:
    try: compile(src,"<s>","exec"); print("ok", src)
    except SyntaxError as e: print(type(e).__name__, e)
class E1: __match_args__ = "ab"
class E2: __match_args__ = (1,)
for o, cls in ((E1(), E1), (E2(), E2), (3, int), (object(), object)):
    try:
        match o:
            case cls(a, b): print(a)
            case _: print('no')
    except TypeError as e: print(e)
try:
    match 3:
        case match(): pass
except TypeError as e: print(e)
try:
    match P(1,2):
        case P(1, x=1): pass
except TypeError as e: print(e)
try:
    match {"a":1}:
        case {"a":1, P.__name__: 2} : pass
        case {P.__module__: 1, P.__module__: 2}: pass
        case _: print("d")
except ValueError as e: print(e)
