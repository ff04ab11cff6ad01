# str: every operation on random operands; prints a digest of the results as it goes.
import _random
import _sha512
import sys

class Random(_random.Random):
    def randrange(self, a, b=None):
        if b is None:
            a, b = 0, a
        n = b - a
        k = n.bit_length()
        v = self.getrandbits(k)
        while v >= n:
            v = self.getrandbits(k)
        return a + v

    def choice(self, s):
        return s[self.randrange(len(s))]

    def uniform(self, a, b):
        return a + (b - a) * self.random()


digest = _sha512.sha512()


def show(*values):
    line = ascii(values)
    digest.update(line.encode())
    if values[0] % 25 == 24:
        print(values[0], digest.hexdigest()[:32])


r=Random(4711)
alph=['ab c','aAbB \t\n','abc\xe9\xdf\xb5','\u03a3\u03c3\u03c2aA.\u0301','\u4e00\u20ac x','\U0001f600\U00010400a','\u01c5\u01c4dz\ufb01','\x85\x1c\r\n\x0b\x0c\u2028 a','\u0130\u0131Ii\u0307','0\u0663\u00b2\u00bd9','\ud800\udc00a']
def word(n=8):
    a=r.choice(alph)
    if r.randrange(4)==0: a+=r.choice(alph)
    return ''.join(r.choice(a) for _ in range(r.randrange(n)))
def t(f,*a):
    try: return f(*a)
    except Exception as e: return (type(e).__name__, str(e))
for i in range(500):
    s,p,q=word(14),word(3),word(4)
    a,b,c=r.randrange(-16,16),r.randrange(-16,16),r.choice([-3,-2,-1,1,2,3])
    n=r.randrange(-1,4)
    out=[s.find(p),s.rfind(p),s.find(p,a,b),s.rfind(p,a,b),s.count(p),s.count(p,a,b),t(s.index,p,a),s.replace(p,q),s.replace(p,q,n),t(s.split,p),t(s.rsplit,p,n),t(s.split,p,n),s.split(),s.split(None,n),s.rsplit(None,n),s.splitlines(),s.splitlines(True),t(s.partition,p),t(s.rpartition,p),
     s.strip(),s.lstrip(),s.rstrip(),s.strip(p),s.lstrip(p),s.rstrip(q),s.upper(),s.lower(),s.title(),s.capitalize(),s.swapcase(),s.casefold(),s.isalpha(),s.isalnum(),s.isdecimal(),s.isdigit(),s.isnumeric(),s.isspace(),s.isprintable(),s.isidentifier(),s.islower(),s.isupper(),s.istitle(),s.isascii(),
     s[a:b],s[a:b:c],s[::c],s+p,s*n,p in s,s.startswith(p),s.endswith(p),s.startswith((p,q),a),s.endswith((p,q),a,b),s.center(a,p[:1] or '*'),s.ljust(a+10),s.rjust(a+10,q[:1] or '-'),s.zfill(a+12),s.expandtabs(a),repr(s),ascii(s),s<p,s==p,s>=q,p.join([s,q,s]),s.removeprefix(p),s.removesuffix(p),
     t(s.encode),t(s.encode,'ascii','replace'),t(s.encode,'latin-1','backslashreplace'),t(s.encode,'ascii','xmlcharrefreplace'),t(s.encode,'ascii','namereplace'),t(s.encode,'utf-8','surrogatepass'),t(s.encode,'utf-8','surrogateescape'),t(s.encode,'utf-16'),t(s.encode,'utf-16-be','surrogatepass'),t(s.encode,'utf-32-le','ignore'),t(s.encode,'unicode-escape'),t(s.encode,'raw-unicode-escape'),
     s.translate({ord('a'):'xyz',ord('b'):None,0xe9:0x20ac}),s.translate(str.maketrans('ab','\u20acc','c')),'%s|%5s|%-5s|%.2s|%r'%(s,p,q,s,q),'{}|{:>6}|{:^7.3}|{!r}'.format(s,p,s,q),list(s),''.join(reversed(s)),max(s,default=''),sorted(s),s.encode('utf-8','replace').decode(),hash(s)==hash(s[:3]+s[3:])]
    by=bytes(r.choice(b'ab\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\xff\xed\xa0\x80 ') for _ in range(r.randrange(10)))
    out+=[by]+[t(by.decode,'utf-8',e) for e in ('strict','replace','ignore','surrogateescape','backslashreplace','surrogatepass')]+[t(by.decode,e,'replace') for e in ('ascii','latin-1','utf-16','utf-16-be','utf-32','unicode-escape','raw-unicode-escape')]
    B=bytearray(by)
    for x in (by,B):
        y=bytes(r.choice(b'ab\xc3 ') for _ in range(r.randrange(3)))
        out+=[x.find(y),x.rfind(y),x.count(y),t(x.split,y),x.split(),x.rsplit(None,1),t(x.partition,y),x.replace(y,b'ZZ'),x.strip(),x.strip(y),x.upper(),x.title(),x.capitalize(),x.swapcase(),x[a:b],x[a:b:c],x+y,x*n,y in x,x.startswith(y),x.hex(),x.hex('-',n or 1),repr(x),x<y,x==y,x.center(a+9,b'*'),x.zfill(a+9),x.splitlines(),x.isalpha(),x.islower(),x.istitle(),x.expandtabs(3),y.join([x,y]),x.translate(None,y),list(x),x.removeprefix(y)]
    for k in range(4):
        m=r.randrange(8); z=bytes(r.randrange(256) for _ in range(r.randrange(4)))
        if m==0: B[a:b]=z
        elif m==1: t(B.__setitem__,slice(a,b,c),z)
        elif m==2: del B[a:b:c]
        elif m==3: B.append(7)
        elif m==4: t(B.pop,a)
        elif m==5: B.insert(a,9)
        elif m==6: B.extend(z)
        else: B+=z
        out.append(bytes(B))
    show(i,out)
