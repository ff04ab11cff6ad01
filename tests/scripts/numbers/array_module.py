# The module array.
import array
from array import array as A


def check(source):
    for line in source.strip().split("\n"):
        try:
            print(line, "->", repr(eval(line)))
        except Exception as e:
            print(line, "->", type(e).__name__, e)


check(r'''
A()
A('z')
A(1)
A('ab')
A('i',[1,2])
A('i','a')
A('i',['a'])
A('b',[200])
A('B',[-1])
A('h',[1<<20])
A('H',[-1])
A('i',[1<<40])
A('I',[-1])
A('I',[1<<40])
A('l',[1<<70])
A('L',[-1])
A('q',[1<<70])
A('Q',[-1])
A('f',['a'])
A('u','abc')
A('u',['ab'])
A('u',[1])
A('d',[1,2.5])
A('i',b'abcd')
A('i',b'abc')
A('i',[1,2])+A('i',[3])
A('i',[1])+A('h',[1])
A('i',[1])+[1]
A('i',[1])*3
A('i',[1])*'a'
A('i',[1,2,3])[1]
A('i',[1,2,3])[9]
A('i',[1,2,3])['a']
A('i',[1,2,3])[::2]
A('i',[1]).append('a')
A('i',[1]).pop(5)
A('i').pop()
A('i',[1]).remove(2)
A('i',[1]).index(2)
A('i',[1]).count(1)
A('i',[1]).extend('a')
A('i',[1]).extend(A('h',[1]))
A('i',[1]).frombytes(b'abc')
A('i',[1]).fromlist(1)
A('i',[1]).fromlist(['a'])
A('i',[1]).tounicode()
A('i',[1]).fromunicode('a')
A('u','a').tounicode()
A('i',[1]).tobytes()
A('i',[1,2]).buffer_info()[1]
A('i',[1])==A('h',[1])
A('i',[1])<A('i',[2])
A('i',[1])==[1]
A('i',[1]).itemsize
A('i',[1]).typecode
A('i')
A('u')
A('d',[0.1])
A('i',[1]).__reduce_ex__(2)
hash(A('i'))
A('i',[1]).byteswap()
A('i',[1,2]).reverse()
A('i',[1]).__setitem__(0,'a')
A('i',[1]).__setitem__(5,1)
A('i',[1]).__setitem__(slice(0,1),[1])
A('i',[1]).__setitem__(slice(0,1),A('h',[1]))
A('i',[1,2,3]).__setitem__(slice(0,3,2),A('i',[1]))
A('i',[1]).__delitem__(5)
A('i',[1]).insert(0,'a')
memoryview(A('i',[1,2])).format
A('i',[1]).__class_getitem__(int)
A('f',[1e100])
A('b',[1]).tolist()
1 in A('i',[1])
A('i',[1]).__iadd__([1])
A('i',[1]).__imul__(2)
A('i',[1]).index(1,5)
array.typecodes
A('i',x=1)
A('i',1)
''')
