# complex in format(), the sign of a zero imaginary part, subclasses from __complex__.
import warnings

numbers = [0j, 1 + 2j, -1.5 - 0j, complex(-0.0, 3), complex(-0.0, -0.0), 1e20 + 1e-7j, complex("inf"),
           complex("nan+infj"), 12345.678 - 98765.4321j, complex(0, -2)]
specs = ["", "-", "+", " ", ".2", ".0f", "<30", ">30", "^30", "*^31", "e", ".3E", "g", "G", "f", "F", "n",
         "#.0f", "z.1f", "+z.1f", ",", "_.2f", ",.3f", ".17g", "\u2007<40", "#", ".3", "30.2e"]
for number in numbers:
    print([format(number, spec) for spec in specs])
for spec in ["%", "d", "x", "s", "010", "0=10", "=10", "0<10", ".", "%M", ".2f ", ",_", "z%", ".99999999999f"]:
    try:
        print(format(1 + 2j, spec))
    except ValueError as e:
        print(repr(spec), e)
print(f"{1j:.3f} {2 + 0j}")


class Sub(complex):
    pass


for x in (0.0, -0.0, float("inf")):
    for y in (0.0, -0.0):
        print(complex(Sub(x, y)), Sub(complex(x, y)), complex(complex(x, y), 0.0), complex(x, complex(y, -0.0)))


class Odd:
    def __complex__(self):
        return Sub(1, 2)


with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    print(complex(Odd()), type(complex(Odd())))
print(seen[0].category.__name__, seen[0].message)
