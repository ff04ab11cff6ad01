"""The smallest application: adder serve examples/hello.py"""


def handle(request):
    return "Hello, world!"
