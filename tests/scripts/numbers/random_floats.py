# float: every operation on random operands; prints a digest of the results as it goes.
import _random
import _sha512
import sys
import struct
import math

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
def num():
    k=r.randrange(12)
    if k<3: return struct.unpack('<d',struct.pack('<Q',r.getrandbits(64)))[0]
    if k<5: return r.uniform(-1000,1000)
    if k<6: return r.choice([0.0,-0.0,1.0,-1.0,.5,float('inf'),-float('inf'),float('nan'),5e-324,2.2250738585072014e-308,1.7976931348623157e308,1e16,1e22,1e23,9007199254740993.0,2.5,3.5,0.125])
    if k<7: return float(r.randrange(-10**17,10**17))
    if k<8: return round(r.uniform(-100,100),r.randrange(0,5))
    if k<9: return math.ldexp(1.0,r.randrange(-1074,1024))
    if k<10: return r.randrange(-10**6,10**6)/r.choice([8,16,100,1000,4])
    if k<11: return r.randrange(1,1000)*10.0**r.randrange(-300,300)
    return r.random()
def t(f,*a):
    try: return f(*a)
    except Exception as e: return (type(e).__name__, str(e))
for i in range(500):
    a,b=num(),num()
    n=r.randrange(-25,25); w=r.randrange(0,30); p=r.randrange(0,25)
    out=[a,b,t(lambda:a+b),t(lambda:a-b),t(lambda:a*b),t(lambda:a/b),t(lambda:a//b),t(lambda:a%b),t(lambda:divmod(a,b)),
      t(lambda:abs(a)**b),t(lambda:a**n),a<b,a==b,t(lambda:round(a,n)),t(lambda:round(a)),t(lambda:int(a)),(hash(a) if a==a else 0),a.hex(),t(lambda:float.fromhex(a.hex())),t(a.as_integer_ratio),a.is_integer(),
      '%.*f'%(p,a),'%.*e'%(p,a),'%.*g'%(p,a),'%#.*g'%(p,a),'%g %e %f'%(a,a,a) , format(a,'.%d'%p),format(a,'%d.%df'%(w,p)),format(a,'0%d,.%df'%(w,p)),format(a,',.%dg'%p),format(a,'.%d%%'%p),format(a,'+.3e'),format(a,''),format(a,'z.%df'%min(p,4)),
      float(repr(a))==a or a!=a, t(lambda:float('%.17e'%a)), t(lambda:float('%.25g'%b)), t(lambda:math.floor(a)), t(lambda:math.ceil(a)), t(lambda:math.trunc(a)), t(lambda:a.__round__(2))]
    show(i,out)
