# int: every operation on random operands; prints a digest of the results as it goes.
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


sys.set_int_max_str_digits(0)
r=Random(4711)
def num():
    k=r.randrange(10)
    if k<2: return r.randrange(-10,11)
    if k<4: return r.randrange(-2**63-5,2**63+5)
    if k<5: return r.choice([-1,1])*(2**r.randrange(0,200)+r.randrange(-2,3))
    if k<8: return r.choice([-1,1])*r.getrandbits(r.randrange(1,400))
    if k<9: return r.choice([-1,1])*r.getrandbits(r.randrange(1,3000))
    return r.choice([2**62,2**62-1,-2**62,-2**62-1,2**63,-2**63,2**64,2**53,2**53+1,0,True,False])
def t(f,*a):
    try: return f(*a)
    except Exception as e: return (type(e).__name__, str(e))
h=[]
for i in range(500):
    a,b,c=num(),num(),num()
    out=[t(lambda:a+b),t(lambda:a-b),t(lambda:a*b),t(lambda:a//b),t(lambda:a%b),t(lambda:divmod(a,b)),t(lambda:a&b),t(lambda:a|b),t(lambda:a^b),t(lambda:~a),t(lambda:-a),t(lambda:abs(a)),
    t(lambda:a<<(b%300)),t(lambda:a>>(b%300)),t(lambda:a/b),t(lambda:pow(a,b%50)),t(lambda:pow(a,b,c)),t(lambda:pow(a,abs(b),c)),a<b,a<=b,a==b,a!=b,hash(a),a.bit_length(),a.bit_count(),
    t(lambda:float(a)),t(lambda:a.to_bytes(r.randrange(1,60),r.choice(['big','little']),signed=bool(r.randrange(2)))),round(a,r.randrange(-10,3)),hex(a),oct(a),bin(a),'%x %o %d'%(a,a,a),format(a,',d'),format(a,'_x'),format(a,'050,'),
    t(lambda:int(str(a))),t(lambda:int(hex(a),16)),t(lambda:int(hex(a),0)),t(lambda:a==float(b)),t(lambda:a<float(b)),t(lambda:float(a)==a),t(lambda:a<float(a)), t(lambda: a>float(a)), int.from_bytes(abs(b).to_bytes(400,'big'),'big'), t(lambda:int.from_bytes(b.to_bytes(400,'little',signed=True),'little',signed=True)),bool(a),t(lambda:'{:e}'.format(a)), str(a), repr(a),t(lambda:int(float(a)))]
    show(i,a,b,c,out)
