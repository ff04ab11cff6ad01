# bytes, bytearray and memoryview: methods, operators and messages.
def check(source):
    for line in source.strip().split("\n"):
        try:
            print(line, "->", repr(eval(line)))
        except Exception as e:
            print(line, "->", type(e).__name__, e)


for T in (bytes, bytearray):
    b = T(b"abc")
    check(r'''
b.find(1.0)
b.find('a')
b.find(300)
b.count('a')
b.split('a')
b.split(b'')
b.partition('a')
b.replace('a',b'')
b.strip('a')
b.startswith('a')
b.startswith(('a',))
b.join('a')
b.join([1])
b.join(1)
b.center(5,'a')
b.center(5,b'ab')
b+'a'
b*'a'
'a' in b
300 in b
b[5]
b['a']
b.translate('a')
b.translate(b'a')
T.maketrans(b'a',b'')
T(1,2)
T('a')
T(-1)
T([300])
T(['a'])
T(1.0)
T(b'a','utf-8')
T(b'a',errors='x')
T.fromhex('0')
T.fromhex('zz')
T.fromhex('0 0')
T.fromhex(1)
b.hex(1)
b.hex(',',1)
b.hex('ab')
b.index(b'z')
b.rindex(b'z')
b.removeprefix('a')
b.decode(1)
b.zfill('a')
b<1
b.expandtabs('a')
b.find()
b.ljust(9,1)
T(1<<70)
b.rjust(6,bytearray(b'x'))
b.endswith(1)
b.splitlines(1)
b.find(b'a',None,None)
b.hex('\u00e9')
T(3)
T([1,2,3])
T('\xe9','utf-8')
T(b'x'*3)
b[::-1]
b[0]
b[1:2]
b+b
b*2
b==b'abc'
b<b'abd'
repr(T(b"it's"))
T(b'\x00\xff\n')
b.upper()
b.title()
b.decode()
list(b)
b.islower()
T(b'a b').split()
T(b'1,2').partition(b',')
T(b'aXbX').replace(b'X',b'--')
T(b' a ').strip()
T().join([b'a',bytearray(b'b')])
T.fromhex('00 ff')
b.translate(None,b'b')
bytes(b)
bytearray(b)
b%()
T(b'%d-%s')%(1,b'x')
''')
b = bytearray(b"abc")
check(r'''
b.append('a')
b.append(300)
b.extend('a')
b.extend(1)
b.extend([300])
b.insert(0,300)
b.pop(10)
bytearray().pop()
b.remove(300)
b.remove(100)
b.__setitem__(0,300)
b.__setitem__(10,1)
b.__setitem__(slice(0,1),'a')
b.__setitem__(slice(0,1),1)
b.__setitem__(slice(0,3,2),b'a')
b.__delitem__(10)
hash(b)
b.__setitem__('a',1)
memoryview(b).__setitem__(0,300)
memoryview(b).__setitem__(0,'a')
memoryview(b)[5]
memoryview(b)['a']
memoryview(b'abc').__setitem__(0,1)
memoryview('a')
memoryview(b).cast('Z')
memoryview(b).cast('I')
hash(memoryview(b))
memoryview(b'ab').hex()
memoryview(b'abcd').cast('H').tolist()
memoryview(b'abcd').format
memoryview(b'abcd')[::2].tobytes()
bytes(memoryview(b'abcd')[::2])
memoryview(b'abcd').cast('H')==memoryview(b'abcd')
memoryview(b'abcd')==b'abcd'
memoryview(b)[0:2].__setitem__(slice(0,2),b'abc')
memoryview(b'abcd').shape
memoryview(b'abcd').strides
memoryview(b'abcd').suboffsets
memoryview(b'abcd').nbytes
memoryview(b'abcd').obj
memoryview(b'abcd')[0,1]
b.copy()
b.__iadd__('a')
b.__imul__(2)
b.reverse()
b
b.clear()
b
''')
m = memoryview(b"abc")
m.release()
try:
    m[0]
except ValueError as e:
    print(e)
b = bytearray(b"abc")
m = memoryview(b)
try:
    b.append(1)
except BufferError as e:
    print(e)
m[0] = 120
m[1:] = b"yz"
print(b)
m.release()
b.append(1)
print(b)
with memoryview(b) as v:
    print(v.readonly, v.toreadonly().readonly, len(v), v[-1], list(v))
b = bytearray(b"abcdefgh")
del b[::2]
print(b)
b[1:1] = b"XYZ"
b[-1:] = []
del b[:2]
print(b, b.pop(), b.pop(0), b)
