# Results and error messages of the containers' operations, as CPython words them.
import collections
import functools
import itertools
import operator


def t(text):
    try:
        print(text, "->", repr(eval(text)))
    except Exception as e:
        print(text, "->", type(e).__name__, e)


for text in """zip(1)|zip([],1,x=3)|map()|map(1)|map(int,1)|map(int,[],x=1)|filter()|filter(1)|filter(1,2)
filter(None,[],x=1)|reversed()|reversed(1,2)|reversed(1)|reversed({1})|reversed(x=1)|enumerate()|enumerate(1)
enumerate([],1,2)|enumerate([],start='a')|enumerate([], x=1)|range()|range(1,2,3,4)|range(1.0)|range(1,2,0)|range(x=1)
range(10)['a']|range(10)[11]|slice()|slice(1,2,3,4)|slice(x=1)|slice(1,2).indices('a')|slice(1,2).indices(-1)
slice('a').indices(3)|slice(1,2,0).indices(3)|[1]['a':]|hash(slice(1))|slice(1)<slice(2)|slice(1)==slice(1)
len(range(2**70))|range(2**70)[2**65]|range(10)[2**70]|range(10).index('a')|range(10).index(20)|range(10).count(3.0)
hash(range(5))|range(5).__reduce__()|slice(1).__reduce__()|iter(range(5)).__length_hint__()
[].__class_getitem__(int)|iter(1)|iter(1,2)|list(zip([1],[2,3],strict=True))|list(zip([1,2],[2],[1],strict=True))
list(zip([1,2],[2,4],[1],strict=True))|list(zip([1],[2],[1,2],strict=True))|list(zip([],[2],strict=True))
dict(1)|dict([1])|dict([(1,2,3)])|dict(1,2)|{}.update(1,2)|{}.pop()|{}.fromkeys(1)|set(1,2)|set(x=1)|frozenset(x=1)
frozenset(1,2)|[].insert('a',1)|[].pop('a')|[1].pop(5)|[].pop()|[].index(1)|(1,).index(2)|[].remove(1)|[]*'a'|[]+()
()+[]|()*'a'|[1]<[1,'a']|[1]<['a']|tuple(x=1)|list(x=1)|list(1,2)|{}['a']|{}[[]]|{[]}|hash([])|hash({})
hash(set())|{1:2}|{}.popitem()|set().pop()|{1}.remove([])|{1}.remove(3)|[1,2,3].__setitem__(slice(0,2),1)
[1,2,3].__setitem__(slice(0,3,2),1)|[1,2,3].__setitem__(slice(0,3,2),[1])|[].__setitem__(0,1)|[].__delitem__(0)
[].sort(1)|[].sort(x=1)|[1,'a'].sort()|set([1]).__reduce__()|slice.__hash__|{}.get()|{}.setdefault()
hash(())|hash((1,2))|hash((1,(2,'')))!=0|hash(frozenset({1,2}))|hash(frozenset())|hash((0.5,None is None))
(1,2)+(3,)|(1,2)*3|3*(1,2)|(1,2,3,4)[::2]|(1,2,3,4)[-1]|(1,2)[5]|(1,2,3).count(2)|(1,2)<(1,3)|(1,2)==(1,2.0)
[1,2]+[3]|[1,2]*3|3*[1,2]|[0]*-1|[1,2,3,4][::-1]|[3,1,2].__contains__(2)|[1,2,3].index(3,1)|[1,2,3].index(1,1)
{1:2,3:4}.items() >= {(1,2)}|{1:2}.keys() & [1,5]|{1:2}.keys() | {3}|{1,2} ^ {2,3}|{1,2} - {1}|{1,2} <= {1,2,3}
{1:2} | {3:4}|{1:2} | []|{1}|[]|frozenset([1]) | {2}|{1} | frozenset([2])|dict.fromkeys([1,2],0)|dict(a=1,b=2)
dict([('a',1)],b=2)|dict({'a':1},a=2)|{1:1}.keys()|{1:1}.values()|{1:1}.items()|{}.keys().isdisjoint([])
set([3,1,2])|frozenset([3,1,2])|set()|frozenset()|{3,1,2}.union([5],[6])|{3,1,2}.intersection([1,2],[2])|{1,2}.difference([1])
{1,2}.issubset([1,2,3])|{1,2}.issuperset([1])|{1,2}.isdisjoint([3])|{1,2}.symmetric_difference([2,3])
collections.deque([1,2,3])|collections.deque([1,2,3],2)|collections.deque(maxlen=-1)|collections.deque(1)|collections.deque([],'a')
collections.deque().pop()|collections.deque().popleft()|collections.deque([1])[5]|collections.deque([1])['a']
collections.deque([1]).index(3)|collections.deque([1]).remove(3)|collections.deque([1,2],2).insert(0,5)|collections.deque([1])+[1]
collections.deque([1])+collections.deque([2])|collections.deque([1,2])*2|collections.deque([1,2,3],5)*3|collections.deque([1,2])<collections.deque([1,3])
collections.defaultdict(1)|collections.defaultdict(int,a=1)|collections.defaultdict(list)['x']|collections.defaultdict()['x']
collections.OrderedDict([(1,2)])|collections.OrderedDict(1)|collections.OrderedDict().popitem()|collections.OrderedDict().move_to_end(1)
collections.OrderedDict([(1,2),(3,4)])==collections.OrderedDict([(3,4),(1,2)])|collections.OrderedDict([(1,2),(3,4)])=={3:4,1:2}
collections.Counter('abracadabra')|collections.Counter([1,1,2]).most_common(1)|collections.ChainMap({1:2},{3:4})[3]
functools.reduce(operator.add,[1,2,3])|functools.reduce(operator.add,[])|functools.reduce(operator.add,[],5)|functools.reduce(1,2)
functools.partial()|functools.partial(1)|functools.partial(int,base=2)('101')|functools.partial(int,'10',base=2).args
sorted([3,1,2],key=functools.cmp_to_key(lambda a,b:b-a))|operator.itemgetter()|operator.itemgetter(1)(2,3)|operator.attrgetter(1)
operator.attrgetter('a','b.c')|operator.itemgetter(1,2)|operator.methodcaller()|operator.methodcaller(1)|operator.methodcaller('a',1,x=2)
operator.itemgetter(1).__reduce__()|operator.attrgetter('a.b','c').__reduce__()|operator.methodcaller('f',1).__reduce__()
operator.concat(1,2)|operator.concat([1],2)|operator.countOf(1,2)|operator.indexOf([1],2)|operator.length_hint([1,2])
operator.length_hint(1,2.0)|operator.length_hint(1,3)|operator.add(1)|operator.index('a')|operator._compare_digest('a','b')
itertools.islice([1],-1)|itertools.islice([1],'a')|itertools.islice([1],1,2,0)|itertools.islice([1],1,-2)|list(itertools.islice(range(10),2,8,3))
itertools.count('a')|itertools.count(10)|itertools.count(1,2)|itertools.count(1.5)|itertools.repeat(1)|itertools.repeat(1,3)|itertools.repeat()
itertools.permutations([1],-1)|itertools.permutations([1],'a')|itertools.combinations([1],-1)|itertools.product([1],repeat=-1)|itertools.product([1],x=2)
list(itertools.permutations([1,2,3],2))|list(itertools.combinations([1,2,3],2))|list(itertools.combinations_with_replacement([1,2],2))
list(itertools.product([1,2],'ab'))|list(itertools.product())|list(itertools.product([1,2],repeat=2))|list(itertools.chain([1],[2,3]))
list(itertools.chain.from_iterable([[1],[2]]))|list(itertools.accumulate([1,2,3]))|list(itertools.accumulate([1,2,3],operator.mul,initial=2))
list(itertools.compress('abcd',[1,0,1,0]))|list(itertools.dropwhile(lambda x:x<2,[1,2,1]))|list(itertools.takewhile(lambda x:x<2,[1,2,1]))
list(itertools.filterfalse(None,[0,1,2]))|list(itertools.starmap(pow,[(2,3),(3,2)]))|list(itertools.pairwise([1,2,3]))
list(itertools.zip_longest([1,2],[3],fillvalue=0))|[(k,list(g)) for k,g in itertools.groupby([1,1,2])]|list(itertools.tee([1,2])[1])
itertools.tee([1],-1)|itertools.chain(1).__next__()|itertools.zip_longest([],x=1)""".replace("\n", "|").split("|"):
    if text.strip():
        t(text.strip())

l = [1]
l.append(l)
print(l)
d = {}
d[1] = d
print(d)
t2 = ([],)
t2[0].append(t2)
print(t2)
dq = collections.deque()
dq.append(dq)
print(dq)
od = collections.OrderedDict()
od[1] = od
print(od)
