"""Raw-socket tests against a running server: valid, odd and hostile requests.

    suite.py --echo PATH/server-echo            starts the C application
    suite.py --adder PATH/adder                 starts `adder serve` with the application app.py beside this file
    suite.py --url HOST:PORT                    against a server that runs already

-k TEXT runs the cases whose name contains TEXT; -v lists them.
"""
import argparse
import os
import re
import select
import signal
import socket
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CASES = []


def case(function):
    CASES.append(function)
    return function


class Failure(Exception):
    pass


def check(condition, text):
    if not condition:
        raise Failure(text)


class Client:
    """One connection; reads whole answers."""

    def __init__(self, server, timeout=10):
        self.socket = socket.create_connection(server.address, timeout * server.arguments.patience)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.data = b""
        self.patience = server.arguments.patience

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def fill(self):
        more = self.socket.recv(65536)
        self.data += more
        return bool(more)

    def answer(self, head=False):
        """Returns (status, headers, body); headers in lower case."""
        while b"\r\n\r\n" not in self.data:
            if not self.fill():
                raise Failure("the connection ended within a head: %r" % self.data[:200])
        top, self.data = self.data.split(b"\r\n\r\n", 1)
        lines = top.decode("latin-1").split("\r\n")
        match = re.fullmatch(r"HTTP/1\.1 (\d{3}) ?(.*)", lines[0])
        check(match, "bad status line %r" % lines[0])
        status = int(match[1])
        headers = {}
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            check(colon and name and name == name.strip(), "bad field %r" % line)
            check(name.lower() not in headers, "field twice: %r" % line)
            headers[name.lower()] = value.strip()
        if status == 100:
            return status, headers, b""
        check("date" in headers, "no Date")
        size = int(headers.get("content-length", "0"))
        check(status in (204, 304) or "content-length" in headers, "no Content-Length")
        if head or status in (204, 304):
            size = 0
        while len(self.data) < size:
            if not self.fill():
                raise Failure("the connection ended within a body")
        body, self.data = self.data[:size], self.data[size:]
        return status, headers, body

    def ended(self, within=5):
        """Whether the server closes, after at most `within` seconds, sending nothing more."""
        self.socket.settimeout(within * self.patience)
        try:
            while True:
                if self.data:
                    return False
                if not self.fill():
                    return True
        except (ConnectionResetError, BrokenPipeError):
            return True
        except socket.timeout:
            return False


def start_command(arguments):
    if arguments.echo:
        return arguments.echo.split()
    return arguments.adder.split() + ["serve", os.path.join(HERE, "app.py"), "--max-heap", "256M"]


class Server:
    def __init__(self, arguments, extra=()):
        self.arguments = arguments
        self.patience = arguments.patience
        self.process = None
        self.log = b""
        if arguments.url:
            host, _, port = arguments.url.rpartition(":")
            self.address = (host, int(port))
            return
        command = start_command(arguments)
        command += ["--bind", "127.0.0.1:0", "--threads", str(arguments.threads), *extra]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
        while True:
            line = self.process.stderr.readline()
            if not line:
                raise SystemExit("the server did not start: %s" % b"".join([self.log]).decode())
            self.log += line
            match = re.search(rb"http://([\d.]+|\[[:\da-f]+\]):(\d+)", line)
            if match:
                self.address = (match[1].decode().strip("[]"), int(match[2]))
                break
        self.reader = threading.Thread(target=self.read_log, daemon=True)
        self.reader.start()

    def read_log(self):
        for line in self.process.stderr:
            self.log += line

    def stop(self, number=signal.SIGTERM, timeout=60):
        if not self.process:
            return 0
        self.process.send_signal(number)
        return self.exit_code(timeout)

    def exit_code(self, within):
        code = self.process.wait(within * self.patience)
        self.reader.join(5)
        return code

    def logs(self, text, since=0, within=10):
        """Whether the server has said `text`, or does so in time."""
        end = time.monotonic() + within * self.patience
        while text not in self.log[since:]:
            if time.monotonic() > end:
                return False
            time.sleep(0.01)
        return True


HOST = b"Host: a\r\n"


def get(path=b"/", fields=b"", method=b"GET", version=b"HTTP/1.1"):
    return method + b" " + path + b" " + version + b"\r\n" + HOST + fields + b"\r\n"


def post(body, path=b"/echo", fields=b""):
    return get(path, b"Content-Length: %d\r\n" % len(body) + fields, b"POST") + body


def still_serves(server):
    with Client(server) as c:
        c.send(get())
        check(c.answer()[0] == 200, "the server does not serve any more")


# ---- valid requests -------------------------------------------------------------------------------

VALID = {
    "plain": (get(), 200, b"Hello, World!"),
    "http_1_0": (b"GET / HTTP/1.0\r\n\r\n", 200, b"Hello, World!"),
    "http_1_2_is_1_1": (get(version=b"HTTP/1.2"), 200, b"Hello"),
    "empty_lines_first": (b"\r\n\r\n" + get(), 200, b"Hello"),
    "lower_case_method": (get(b"/echo", method=b"get"), 200, b"method=get\n"),
    "unknown_method": (get(b"/echo", method=b"PROPFIND"), 200, b"method=PROPFIND\n"),
    "odd_token_method": (get(b"/echo", method=b"!#$%&'*+-.^_`|~"), 200, b"method=!#$%&'*+-.^_`|~\n"),
    "escaped_path": (get(b"/ec%68o"), 404, b""),
    "query": (get(b"/echo?a=b&c=%20d"), 200, b"query=a=b&c=%20d\n"),
    "query_only_mark": (get(b"/echo?"), 200, b"query=\n"),
    "query_with_slashes": (get(b"/echo?a/b?c"), 200, b"query=a/b?c\n"),
    "bad_escape_in_query": (get(b"/echo?100%"), 200, b"query=100%\n"),
    "browser_characters": (get(b"/echo?a[b]={c}|d^e`"), 200, b"query=a[b]={c}|d^e`\n"),
    "absolute_form": (get(b"http://b:80/echo?x"), 200, b"host=b:80\n"),
    "absolute_form_no_path": (get(b"http://b"), 200, b"Hello"),
    "absolute_form_query": (get(b"http://b?x"), 200, b"Hello"),
    "absolute_form_https": (get(b"HTTPS://b/echo"), 200, b"host=b\n"),
    "options_asterisk": (get(b"*", method=b"OPTIONS"), 200, b""),
    "no_space_after_colon": (get(b"/echo", b"X:y\r\n"), 200, b"X: y\n"),
    "space_around_value": (get(b"/echo", b"X: \t y z \t\r\n"), 200, b"X: y z\n"),
    "empty_value": (get(b"/echo", b"X:\r\n"), 200, b"X: \n"),
    "eight_bit_value": (get(b"/", b"X: \xe9\xff\r\n"), 200, b"Hello"),
    "tab_in_value": (get(b"/", b"X: a\tb\r\n"), 200, b"Hello"),
    "repeated_field": (get(b"/", b"X: a\r\nX: b\r\n"), 200, b"Hello"),
    "host_with_port": (b"GET / HTTP/1.1\r\nHost: a:8080\r\n\r\n", 200, b"Hello"),
    "host_ipv6": (b"GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", 200, b"Hello"),
    "host_empty": (b"GET / HTTP/1.1\r\nHost:\r\n\r\n", 200, b"Hello"),
    "host_any_case": (b"GET / HTTP/1.1\r\nhOsT: a\r\n\r\n", 200, b"Hello"),
    "body": (post(b"hello"), 200, b"body=hello"),
    "body_empty": (post(b""), 200, b"body="),
    "body_with_get": (get(b"/length", b"Content-Length: 3\r\n") + b"abc", 200, b"3"),
    "body_binary": (post(bytes(range(256)), b"/length"), 200, b"256"),
    "body_leading_zeros": (get(b"/length", b"Content-Length: 0003\r\n", b"POST") + b"abc", 200, b"3"),
    "chunked": (get(b"/echo", b"Transfer-Encoding: chunked\r\n", b"POST") + b"5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n",
                200, b"body=hello world"),
    "chunked_any_case": (get(b"/length", b"transfer-encoding: CHUNKED\r\n", b"POST") + b"A\r\n0123456789\r\n0\r\n\r\n",
                         200, b"10"),
    "chunked_extensions": (get(b"/length", b"Transfer-Encoding: chunked\r\n", b"POST") +
                           b'3;a;b=c;d="e;\\"f"\r\nabc\r\n0;z\r\n\r\n', 200, b"3"),
    "chunked_trailers": (get(b"/echo", b"Transfer-Encoding: chunked\r\n", b"POST") +
                         b"3\r\nabc\r\n0\r\nX-Trailer: secret\r\nHost: evil\r\n\r\n", 200, b"body=abc"),
    "chunked_empty": (get(b"/length", b"Transfer-Encoding: chunked\r\n", b"POST") + b"0\r\n\r\n", 200, b"0"),
    "connection_unknown_option": (get(b"/", b"Connection: foo, bar\r\n"), 200, b"Hello"),
    "expect_in_1_0_is_ignored": (b"POST /length HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nab",
                                 200, b"2"),
    "request_line_8192": (get(b"/" + b"a" * (8192 - 14)), 404, b""),
    "fields_100": (get(b"/", b"".join(b"X%d: y\r\n" % i for i in range(99))), 200, b"Hello"),
    "head_32768": (get(b"/", b"X: " + b"y" * (32768 - len(get()) - 5) + b"\r\n"), 200, b"Hello"),
    "upgrade_is_ignored": (get(b"/", b"Connection: upgrade\r\nUpgrade: websocket\r\n"), 200, b"Hello"),
    "h2c_upgrade_is_ignored": (get(b"/", b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n"),
                               200, b"Hello"),
}

for name, (request, status, part) in VALID.items():
    def run(server, request=request, status=status, part=part):
        with Client(server) as c:
            c.send(request)
            got = c.answer()
            check(got[0] == status, "status %d instead of %d" % (got[0], status))
            check(part in got[2], "body %r lacks %r" % (got[2][:300], part))
        # The same, three bytes at a time.
        with Client(server) as c:
            step = max(3, len(request) // 100)
            for i in range(0, len(request), step):
                c.send(request[i:i + step])
                if i < 30:
                    time.sleep(0.001)
            check(c.answer()[0] == status, "another status when it comes in pieces")
    run.__name__ = "valid_" + name
    case(run)

# ---- refused requests -----------------------------------------------------------------------------


def framed(fields, body=b""):
    return get(b"/", fields, b"POST") + body


CHUNKED = b"Transfer-Encoding: chunked\r\n"
REFUSED = {
    "tls_hello": (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    "binary": (400, bytes(range(1, 32))),
    "nul_first": (400, b"\0" + get()),
    "space_first": (400, b" " + get()),
    "bare_lf_first": (400, b"\n" + get()),
    "bare_cr_first": (400, b"\r" + get()),
    "many_empty_lines": (400, b"\r\n" * 6 + get()),
    "two_spaces": (400, b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n"),
    "tab_separator": (400, b"GET\t/ HTTP/1.1\r\n" + HOST + b"\r\n"),
    "trailing_space": (400, b"GET / HTTP/1.1 \r\n" + HOST + b"\r\n"),
    "bare_lf_lines": (400, b"GET / HTTP/1.1\nHost: a\n\n"),
    "bare_lf_field": (400, b"GET / HTTP/1.1\r\nHost: a\n\r\n"),
    "bare_cr_line": (400, b"GET / HTTP/1.1\rHost: a\r\r"),
    "http_0_9": (400, b"GET /\r\n"),
    "version_missing_digit": (400, b"GET / HTTP/1.\r\n\r\n"),
    "version_lower_case": (400, b"GET / http/1.1\r\n" + HOST + b"\r\n"),
    "version_two_digits": (400, b"GET / HTTP/1.10\r\n" + HOST + b"\r\n"),
    "version_2": (505, b"GET / HTTP/2.0\r\n" + HOST + b"\r\n"),
    "version_0_9": (505, b"GET / HTTP/0.9\r\n" + HOST + b"\r\n"),
    "h2_preface": (400, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "method_bad_character": (400, b"G(T / HTTP/1.1\r\n" + HOST + b"\r\n"),
    "method_too_long": (501, b"A" * 100 + b" / HTTP/1.1\r\n" + HOST + b"\r\n"),
    "connect": (501, b"CONNECT a:80 HTTP/1.1\r\n" + HOST + b"\r\n"),
    "target_without_slash": (400, b"GET index HTTP/1.1\r\n" + HOST + b"\r\n"),
    "target_asterisk_get": (400, get(b"*")),
    "target_control": (400, get(b"/\x01")),
    "target_nul": (400, get(b"/\0")),
    "target_eight_bit": (400, get(b"/\xc3\xa9")),
    "target_fragment": (400, get(b"/#x")),
    "target_quote": (400, get(b'/"')),
    "target_bad_escape": (400, get(b"/%zz")),
    "target_cut_escape": (400, get(b"/%4")),
    "target_userinfo": (400, get(b"http://user@b/")),
    "target_other_scheme": (400, get(b"ftp://b/")),
    "target_empty_host": (400, get(b"http:///x")),
    "uri_too_long": (414, get(b"/" + b"a" * 8192)),
    "uri_too_long_unfinished": (414, b"GET /" + b"a" * 20000),
    "host_missing": (400, b"GET / HTTP/1.1\r\n\r\n"),
    "host_twice": (400, b"GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"),
    "host_list": (400, b"GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"),
    "host_bad_port": (400, b"GET / HTTP/1.1\r\nHost: a:b\r\n\r\n"),
    "host_path": (400, b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    "host_userinfo": (400, b"GET / HTTP/1.1\r\nHost: u@b\r\n\r\n"),
    "name_space_before_colon": (400, get(b"/", b"X : y\r\n")),
    "name_tab_before_colon": (400, get(b"/", b"X\t: y\r\n")),
    "name_empty": (400, get(b"/", b": y\r\n")),
    "name_missing_colon": (400, get(b"/", b"X\r\n")),
    "name_eight_bit": (400, get(b"/", b"X\xe9: y\r\n")),
    "name_nul": (400, get(b"/", b"X\0: y\r\n")),
    "name_parenthesis": (400, get(b"/", b"X(: y\r\n")),
    "fold": (400, get(b"/", b"X: y\r\n z\r\n")),
    "fold_first": (400, b"GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
    "value_nul": (400, get(b"/", b"X: a\0b\r\n")),
    "value_bare_cr": (400, get(b"/", b"X: a\rb\r\n")),
    "value_bare_lf": (400, get(b"/", b"X: a\nY: b\r\n")),
    "value_control": (400, get(b"/", b"X: a\x08\r\n")),
    "value_delete": (400, get(b"/", b"X: a\x7f\r\n")),
    "cr_then_other": (400, b"GET / HTTP/1.1\r\nHost: a\r\n\rX\r\n\r\n"),
    "head_too_large": (431, get(b"/", b"X: " + b"y" * 40000 + b"\r\n")),
    "head_too_large_unfinished": (431, b"GET / HTTP/1.1\r\n" + HOST + b"X: " + b"y" * 60000),
    "too_many_fields": (431, get(b"/", b"".join(b"X%d: y\r\n" % i for i in range(101)))),
    "length_plus": (400, framed(b"Content-Length: +5\r\n", b"hello")),
    "length_minus": (400, framed(b"Content-Length: -1\r\n")),
    "length_minus_zero": (400, framed(b"Content-Length: -0\r\n")),
    "length_hex": (400, framed(b"Content-Length: 0x5\r\n", b"hello")),
    "length_underscore": (400, framed(b"Content-Length: 1_0\r\n", b"0123456789")),
    "length_inner_space": (400, framed(b"Content-Length: 5 5\r\n", b"hello")),
    "length_list_same": (400, framed(b"Content-Length: 5, 5\r\n", b"hello")),
    "length_twice_same": (400, framed(b"Content-Length: 5\r\nContent-Length: 5\r\n", b"hello")),
    "length_twice_other": (400, framed(b"Content-Length: 5\r\nContent-Length: 0\r\n", b"hello")),
    "length_empty": (400, framed(b"Content-Length: \r\n")),
    "length_word": (400, framed(b"Content-Length: five\r\n")),
    "length_decimal_point": (400, framed(b"Content-Length: 5.0\r\n", b"hello")),
    "length_unicode_digit": (400, framed("Content-Length: ٥\r\n".encode(), b"hello")),
    "length_too_large": (413, framed(b"Content-Length: 8388609\r\n")),
    "length_overflow_64": (413, framed(b"Content-Length: 18446744073709551621\r\n", b"hello")),
    "coding_and_length": (400, framed(CHUNKED + b"Content-Length: 5\r\n", b"0\r\n\r\n")),
    "length_and_coding": (400, framed(b"Content-Length: 5\r\n" + CHUNKED, b"0\r\n\r\n")),
    "coding_twice": (400, framed(CHUNKED + CHUNKED, b"0\r\n\r\n")),
    "coding_list": (400, framed(b"Transfer-Encoding: chunked, chunked\r\n", b"0\r\n\r\n")),
    "coding_gzip": (400, framed(b"Transfer-Encoding: gzip, chunked\r\n", b"0\r\n\r\n")),
    "coding_not_last": (400, framed(b"Transfer-Encoding: chunked, identity\r\n", b"0\r\n\r\n")),
    "coding_identity": (400, framed(b"Transfer-Encoding: identity\r\n")),
    "coding_x": (400, framed(b"Transfer-Encoding: xchunked\r\n", b"0\r\n\r\n")),
    "coding_comma": (400, framed(b"Transfer-Encoding: ,chunked\r\n", b"0\r\n\r\n")),
    "coding_vertical_tab": (400, framed(b"Transfer-Encoding: \x0bchunked\r\n", b"0\r\n\r\n")),
    "coding_no_break_space": (400, framed(b"Transfer-Encoding: \xa0chunked\r\n", b"0\r\n\r\n")),
    "coding_quoted": (400, framed(b'Transfer-Encoding: "chunked"\r\n', b"0\r\n\r\n")),
    "coding_empty": (400, framed(b"Transfer-Encoding:\r\n", b"0\r\n\r\n")),
    "coding_in_1_0": (400, b"POST / HTTP/1.0\r\n" + CHUNKED + b"\r\n0\r\n\r\n"),
    "chunk_size_empty": (400, framed(CHUNKED, b"\r\n")),
    "chunk_size_plus": (400, framed(CHUNKED, b"+5\r\nhello\r\n0\r\n\r\n")),
    "chunk_size_hex_prefix": (400, framed(CHUNKED, b"0x5\r\nhello\r\n0\r\n\r\n")),
    "chunk_size_space": (400, framed(CHUNKED, b"5 \r\nhello\r\n0\r\n\r\n")),
    "chunk_size_space_first": (400, framed(CHUNKED, b" 5\r\nhello\r\n0\r\n\r\n")),
    "chunk_size_lf": (400, framed(CHUNKED, b"5\nhello\r\n0\r\n\r\n")),
    "chunk_size_overflow": (413, framed(CHUNKED, b"10000000000000005\r\nhello\r\n0\r\n\r\n")),
    "chunk_size_too_large": (413, framed(CHUNKED, b"900000\r\n")),
    "chunk_data_long": (400, framed(CHUNKED, b"5\r\nhello!!\r\n0\r\n\r\n")),
    "chunk_end_lf": (400, framed(CHUNKED, b"5\r\nhello\n0\r\n\r\n")),
    "chunk_end_two_bytes": (400, framed(CHUNKED, b"5\r\nhelloXX0\r\n\r\n")),
    "chunk_extension_control": (400, framed(CHUNKED, b"5;a\x01\r\nhello\r\n0\r\n\r\n")),
    "chunk_extension_lf": (400, framed(CHUNKED, b"5;a\nhello\r\n0\r\n\r\n")),
    "chunk_extension_endless": (400, framed(CHUNKED, b"5;" + b"a" * 5000)),
    "trailer_fold": (400, framed(CHUNKED, b"0\r\nX: a\r\n b\r\n\r\n")),
    "trailer_endless": (431, framed(CHUNKED, b"0\r\nX: " + b"a" * 9000)),
    "trailer_lf": (400, framed(CHUNKED, b"0\r\nX: a\n\r\n")),
    "expect_other": (417, framed(b"Expect: 101-upgrade\r\n")),
}

for name, (status, request) in REFUSED.items():
    def run(server, status=status, request=request):
        with Client(server) as c:
            # What follows must never be taken for a request.
            c.send(request + get(b"/status/299"))
            got = c.answer()
            check(got[0] == status, "status %d instead of %d" % (got[0], status))
            check(got[1].get("connection") == "close", "no Connection: close")
            check(c.ended(), "the connection stays open")
        with Client(server) as c:
            # Earlier requests are answered first.
            c.send(get(b"/echo?first") + request)
            first = c.answer()
            check(first[0] == 200 and b"query=first" in first[2], "the request before it is not answered")
            check(c.answer()[0] == status, "another status when pipelined")
            check(c.ended(), "the connection stays open")
    run.__name__ = "refused_" + name
    case(run)

# ---- connections ----------------------------------------------------------------------------------


@case
def keep_alive_many(server):
    with Client(server) as c:
        for i in range(300):
            c.send(get(b"/echo?%d" % i))
            got = c.answer()
            check(got[0] == 200 and b"query=%d\n" % i in got[2], "wrong answer %r" % (got,))
            check("connection" not in got[1], "Connection in a keep-alive answer")


@case
def keep_alive_1_0_closes(server):
    with Client(server) as c:
        c.send(b"GET / HTTP/1.0\r\n\r\n")
        check(c.answer()[1].get("connection") == "close", "no Connection: close")
        check(c.ended(), "the connection stays open")


@case
def keep_alive_1_0_asked(server):
    with Client(server) as c:
        for _ in range(3):
            c.send(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            check(c.answer()[1].get("connection") == "keep-alive", "no Connection: keep-alive")


@case
def connection_close(server):
    with Client(server) as c:
        c.send(get(b"/", b"Connection: Foo, CLOSE\r\n") + get(b"/echo"))
        check(c.answer()[1].get("connection") == "close", "no Connection: close")
        check(c.ended(), "a request after close was answered, or the connection stays open")


@case
def pipeline_16(server):
    with Client(server) as c:
        c.send(b"".join(get(b"/echo?%d" % i) for i in range(16)))
        for i in range(16):
            check(b"query=%d\n" % i in c.answer()[2], "answers out of order")


@case
def pipeline_mixed(server):
    with Client(server) as c:
        c.send(post(b"one") + get(b"/echo", CHUNKED, b"POST") + b"3\r\ntwo\r\n0\r\n\r\n" + post(b"three") +
               get(method=b"HEAD") + get(b"/json"))
        for text in (b"body=one", b"body=two", b"body=three"):
            check(c.answer()[2].endswith(text), "bodies mixed up")
        check(c.answer(head=True)[1]["content-length"] == "13", "HEAD")
        check(c.answer()[2] == b'{"message":"Hello, World!"}', "after HEAD")


@case
def pipeline_in_pieces(server):
    data = b"".join(post(b"x" * i, b"/length") for i in range(40))
    with Client(server) as c:
        for i in range(0, len(data), 37):
            c.send(data[i:i + 37])
        for i in range(40):
            check(c.answer()[2] == b"%d" % i, "wrong length")


@case
def pipeline_without_reading(server):
    """A client that asks for much and reads nothing is read no further, then gets everything."""
    with Client(server) as c:
        count = 3000
        data = b"".join(get(b"/bytes/%d" % (1000 + i % 5)) for i in range(count))
        c.socket.setblocking(False)
        sent = 0
        last = time.monotonic()
        while sent < len(data) and time.monotonic() - last < 0.5:
            try:
                sent += c.socket.send(data[sent:sent + 65536])
                last = time.monotonic()
            except BlockingIOError:
                time.sleep(0.01)
        c.socket.settimeout(10 * server.patience)
        rest = data[sent:]
        sender = threading.Thread(target=lambda: c.send(rest))
        sender.start()
        for i in range(count):
            got = c.answer()
            check(len(got[2]) == 1000 + i % 5, "answer %d has %d bytes" % (i, len(got[2])))
        sender.join()


@case
def large_answer(server):
    with Client(server) as c:
        for size in (16384, 16385, 65536, 1 << 20, 5 << 20):
            c.send(get(b"/bytes/%d" % size))
            check(len(c.answer()[2]) == size, "wrong size")


@case
def large_answers_pipelined(server):
    with Client(server) as c:
        c.send(b"".join(get(b"/bytes/%d" % (100000 + i)) for i in range(8)) + get())
        for i in range(8):
            check(len(c.answer()[2]) == 100000 + i, "wrong size")
        check(c.answer()[2] == b"Hello, World!", "the last")


@case
def large_body(server):
    body = os.urandom(1 << 20) * 8
    with Client(server) as c:
        c.send(post(body, b"/length"))
        check(c.answer()[2] == b"%d" % len(body), "wrong length")
        c.send(get(b"/length", CHUNKED, b"POST"))
        for i in range(0, len(body), 100003):
            piece = body[i:i + 100003]
            c.send(b"%x\r\n" % len(piece) + piece + b"\r\n")
        c.send(b"0\r\n\r\n")
        check(c.answer()[2] == b"%d" % len(body), "wrong length, chunked")


@case
def tiny_chunks(server):
    with Client(server) as c:
        c.send(get(b"/length", CHUNKED, b"POST") + b"1\r\nx\r\n" * 20000 + b"0\r\n\r\n")
        check(c.answer()[2] == b"20000", "wrong length")


@case
def too_large_while_sending(server):
    with Client(server) as c:
        c.send(get(b"/length", CHUNKED, b"POST"))
        sent = 0
        try:
            for _ in range(200):
                c.send(b"10000\r\n" + b"x" * 65536 + b"\r\n")
                sent += 65536
        except OSError:
            pass
        check(sent >= 8 << 20, "refused too early")
        try:
            check(c.answer()[0] == 413, "no 413")
        except ConnectionResetError:
            raise Failure("413 was lost")


@case
def head_has_no_body(server):
    with Client(server) as c:
        c.send(get(method=b"HEAD"))
        status, headers, _ = c.answer(head=True)
        check(status == 200 and headers["content-length"] == "13", "HEAD: %r" % headers)
        c.send(get(b"/bytes/100000", method=b"HEAD"))
        check(c.answer(head=True)[1]["content-length"] == "100000", "HEAD of a large body")
        c.send(get())
        check(c.answer()[2] == b"Hello, World!", "after HEAD")


@case
def statuses_without_body(server):
    with Client(server) as c:
        c.send(get(b"/status/204"))
        status, headers, _ = c.answer()
        check(status == 204 and "content-length" not in headers, "204: %r" % headers)
        c.send(get(b"/status/304"))
        check(c.answer()[0] == 304, "304")
        c.send(get(b"/status/205"))
        check(c.answer()[2] == b"", "205")
        c.send(get(b"/status/599"))
        check(c.answer()[0] == 599, "an unknown status")
        c.send(get())
        check(c.answer()[2] == b"Hello, World!", "afterwards")


@case
def expect_continue(server):
    with Client(server) as c:
        c.send(get(b"/length", b"Expect: 100-continue\r\nContent-Length: 5\r\n", b"POST"))
        check(c.answer()[0] == 100, "no 100")
        c.send(b"hello")
        check(c.answer()[2] == b"5", "after 100")
        c.send(post(b"abc", b"/length", b"Expect: 100-Continue\r\n"))
        check(c.answer()[2] == b"3", "100 although the body was there")


@case
def expect_continue_refused(server):
    with Client(server) as c:
        c.send(get(b"/", b"Expect: 100-continue\r\nContent-Length: 99999999\r\n", b"POST"))
        check(c.answer()[0] == 413, "not refused at once")
        check(c.ended(), "the connection stays open")


@case
def handler_errors(server):
    for path in (b"/bad/status", b"/bad/header", b"/bad/name", b"/bad/length"):
        with Client(server) as c:
            c.send(get(path) + get())
            status, headers, body = c.answer()
            check(status == 500, "%r: status %d" % (path, status))
            check(b"Evil" not in body and "set-cookie" not in headers, "%r leaks" % path)
            check(c.answer()[2] == b"Hello, World!", "%r: the connection did not survive" % path)


@case
def handler_closes(server):
    with Client(server) as c:
        c.send(get(b"/close") + get())
        check(c.answer()[1].get("connection") == "close", "no close")
        check(c.ended(), "the connection stays open")


@case
def half_close(server):
    with Client(server) as c:
        c.send(get(b"/sleep/100") + get(b"/bytes/300000"))
        c.socket.shutdown(socket.SHUT_WR)
        check(c.answer()[2] == b"slept", "no answer after half-close")
        check(len(c.answer()[2]) == 300000, "no second answer after half-close")
        check(c.ended(), "the connection stays open")


@case
def half_close_within_head(server):
    with Client(server) as c:
        c.send(b"GET / HT")
        c.socket.shutdown(socket.SHUT_WR)
        check(c.ended(), "the connection stays open")


@case
def vanishing_clients(server):
    for i in range(200):
        c = Client(server)
        c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        if i % 4 == 1:
            c.send(b"GET / HTTP")
        elif i % 4 == 2:
            c.send(get(b"/bytes/1000000"))
        elif i % 4 == 3:
            c.send(get(b"/sleep/5") + post(b"x" * 1000)[:-5])
        c.socket.close()
    still_serves(server)


@case
def many_connections(server):
    clients = [Client(server) for _ in range(300)]
    for _ in range(2):
        for i, c in enumerate(clients):
            c.send(get(b"/echo?%d" % i))
        for i, c in enumerate(clients):
            check(b"query=%d\n" % i in c.answer()[2], "wrong answer")
    for c in clients:
        c.socket.close()


@case
def concurrent_mixed(server):
    errors = []

    def work(seed):
        try:
            with Client(server) as c:
                for i in range(60):
                    kind = (seed + i) % 4
                    if kind == 0:
                        c.send(get(b"/echo?%d" % i))
                        check(b"query=%d\n" % i in c.answer()[2], "echo")
                    elif kind == 1:
                        c.send(post(b"x" * (i * 997), b"/length"))
                        check(c.answer()[2] == b"%d" % (i * 997), "length")
                    elif kind == 2:
                        c.send(get(b"/bytes/%d" % (i * 1000)))
                        check(len(c.answer()[2]) == i * 1000, "bytes")
                    else:
                        c.send(get(b"/keep/%d" % (i * 2000)))
                        check(len(c.answer()[2]) == i * 2000, "keep")
        except Exception as e:
            errors.append(e)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(16)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    check(not errors, "errors: %r" % errors[:3])


@case
def drain_after_error_is_bounded(server):
    with Client(server) as c:
        c.send(b"\0")
        check(c.answer()[0] == 400, "no 400")
        began = time.monotonic()
        try:
            while time.monotonic() - began < 4 * server.patience:
                c.send(b"x" * 1000)
                time.sleep(0.02)
        except OSError:
            pass
        check(time.monotonic() - began < 3 * server.patience, "garbage was read for %.1f s" % (time.monotonic() - began))


@case
def error_then_silence_closes(server):
    with Client(server) as c:
        c.send(b"GET / HTTP/9.9\r\n")
        check(c.answer()[0] == 505, "no 505")
        began = time.monotonic()
        check(c.ended(3), "not closed")
        check(time.monotonic() - began < 2 * server.patience, "closed late")


# ---- applications in Python ----------------------------------------------------------------------

FAILING = ("raise raise_long exit interrupt none int object pair bool_status str_status big_status bad_headers "
           "bad_header_value header_injection many_headers unserializable nan cyclic surrogate recursion memory "
           "headers_missing json_too_large length_of_205").split()
GOOD = {
    "text": ("text/plain; charset=utf-8", "grüße €\U0001f600".encode()),
    "bytes": ("application/octet-stream", b"\x00\xff"),
    "bytearray": ("application/octet-stream", b"abc" * 20000),
    "dict": ("application/json",
             '{"a":[1,2.5,0.1,null,true,"ü\\n\\"",-5,1000000000000000000000000000000],"b":{"c":[]},"1":{}}'.encode()),
    "list": ("application/json", b"[1,[2,[3]]]"),
    "large_list": ("application/json", b"[" + b",".join(b"%d" % i for i in range(20000)) + b"]"),
    "own_type": ("text/html", b"<p>"),
}


def python_case(function):
    def run(server):
        if server.arguments.adder:
            function(server)
    run.__name__ = "python_" + function.__name__
    return case(run)


for name in FAILING:
    def run(server, name=name):
        before = len(server.log)
        with Client(server, 60) as c:
            c.send(get(b"/python/" + name.encode()) + get())
            status, headers, body = c.answer()
            check(status == 500, "status %d" % status)
            check(b"Traceback" not in body and b"Error" not in body.replace(b"Internal Server Error", b""), "leaks")
            check(c.answer()[2] == b"Hello, World!", "the connection did not survive")
        if name != "header_injection":
            check(server.logs(b"GET /python/" + name.encode(), before), "nothing in the log")
            if name in ("raise", "exit"):
                check(server.logs(b"Traceback (most recent call last)", before), "no traceback in the log")
    run.__name__ = "fails_" + name
    python_case(run)

for name, (kind, body) in GOOD.items():
    def run(server, name=name, kind=kind, body=body):
        with Client(server) as c:
            c.send(get(b"/python/" + name.encode()))
            got = c.answer()
            check(got[0] == 200 and got[1]["content-type"] == kind and got[2] == body, "got %r" % (got,))
    run.__name__ = "returns_" + name
    python_case(run)


@python_case
def header_forms(server):
    with Client(server) as c:
        c.send(get(b"/python/header_pairs"))
        status, headers, body = c.answer()
        check(status == 201 and [headers["x-a"], headers["x-b"], headers["x-c"]] == ["1", "2", "3"], repr(headers))
        check(body == b'{"made":true}', repr(body))
        c.send(get(b"/python/no_body"))
        check(c.answer()[0] == 204, "204")


@python_case
def request_json(server):
    import json
    with Client(server) as c:
        for text in ('{"a":[1,2.5,"x",null,true,{}]}', '"\\u00fc\\n"', "[]", "1", "-0.5e3", "12345678901234567890123", " [1 ] ",
                     '{"a":1,"a":2}', '"\\ud83d\\ude00"', '"a\\u0000b"'):
            c.send(post(text.encode(), b"/python/json"))
            status, _, body = c.answer()
            check(status == 200 and json.loads(body)["got"] == json.loads(text), "%r: %r" % (text, body))
        for text in ("", "{", "[1,]", "nul", "{'a':1}", "[1] x"):
            c.send(post(text.encode(), b"/python/json"))
            check(c.answer()[0] == 500, "%r was taken" % text)
        c.send(post(b"[" * 100000, b"/python/json"))
        check(c.answer()[0] == 500, "deep nesting")


@python_case
def request_headers(server):
    import json
    with Client(server) as c:
        c.send(get(b"/python/headers", b"X-A: one\r\nx-a: two\r\nX-B: \xe9\r\n"))
        got = json.loads(c.answer()[2])
        check(got["a"] == "one, two" and got["b"] == "\xe9" and got["c"] == "none", repr(got))
        check(got["in"] is True and got["out"] is False and got["names"] == ["Host", "X-A", "X-B"], repr(got))
        check(got["dict"] == {"Host": "a", "X-A": "one, two", "X-B": "\xe9"} and got["len"] == 3, repr(got))
        check(got["repr"] == "<Request GET /python/headers>", repr(got))


@python_case
def request_params(server):
    import json
    with Client(server) as c:
        c.send(get(b"/python/params?a=1&b=%C3%BC+x&c&a=2&=d&%41=%zz"))
        got = json.loads(c.answer()[2])
        check(got == {"a": "2", "b": "ü x", "c": "", "": "d", "A": "%zz"}, repr(got))
        c.send(get(b"/%65cho"))
        check(c.answer()[0] == 404, "raw_path")
        c.send(get(b"/python/%63ount"))
        check(c.answer()[0] == 200, "an escaped path")


@python_case
def request_kept(server):
    import json
    with Client(server) as c:
        c.send(get(b"/python/keep?q=1", b"X: y\r\nContent-Length: 4\r\n", b"PUT") + b"body")
        check(c.answer()[0] == 200, "keep")
        for _ in range(20):
            c.send(post(b"z" * 1000))
            c.answer()
        c.send(get(b"/python/kept"))
        got = json.loads(c.answer()[2])
        check(got == {"method": "PUT", "path": "/python/keep", "query": "q=1", "body": "body", "x": "y",
                      "remote": "127.0.0.1"}, repr(got))


@python_case
def globals_are_shared(server):
    clients = [Client(server) for _ in range(8)]
    seen = set()
    for _ in range(5):
        for c in clients:
            c.send(get(b"/python/count"))
            seen.add(int(c.answer()[2]))
    check(len(seen) == 40 and max(seen) - min(seen) == 39, "counts %r" % sorted(seen))
    for c in clients:
        c.socket.close()


# ---- servers of their own -------------------------------------------------------------------------


def own_server(*extra):
    def decorate(function):
        def run(server):
            if server.arguments.url:
                return
            own = Server(server.arguments, extra)
            try:
                function(own)
                if own.process.poll() is None:
                    check(own.stop() == 0, "exit code %r\n%s" % (own.process.returncode, own.log.decode()))
            finally:
                if own.process.poll() is None:
                    own.process.kill()
        run.__name__ = function.__name__
        return case(run)
    return decorate


@own_server("--head-timeout", "0.5")
def slow_head(server):
    with Client(server) as c, Client(server) as fast:
        began = time.monotonic()
        try:
            for byte in get(b"/" + b"a" * 100):
                c.send(bytes([byte]))
                time.sleep(0.05)
        except OSError:
            pass
        check(c.answer()[0] == 408, "no 408")
        check(time.monotonic() - began < 8 * server.patience, "too late")
        fast.send(get())
        check(fast.answer()[0] == 200, "another client suffers")


@own_server("--idle-timeout", "1.5")
def idle_closes(server):
    with Client(server) as c, Client(server) as silent:
        c.send(get())
        c.answer()
        check(c.ended(2), "idle connection stays open")
        check(silent.ended(2), "silent connection stays open")


@own_server("--body-timeout", "0.5")
def slow_body(server):
    with Client(server) as c:
        c.send(get(b"/length", b"Content-Length: 1000\r\n", b"POST") + b"x" * 10)
        check(c.answer()[0] == 408, "no 408")
        check(c.ended(), "the connection stays open")


@own_server("--write-timeout", "0.5")
def client_that_does_not_read(server):
    with Client(server) as c:
        c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        c.send(get(b"/bytes/30000000") * 2)
        cut = select.poll()
        cut.register(c.socket, 0)  # errors and ends only
        check(cut.poll(10000 * server.patience), "it is waited for for ever")
        try:
            while c.socket.recv(1 << 20):
                pass
        except ConnectionResetError:
            pass
    still_serves(server)


@own_server("--max-body", "10", "--max-fields", "3", "--max-request-line", "64", "--max-head", "256")
def own_limits(server):
    for status, request in ((413, post(b"x" * 11)), (200, post(b"x" * 10)), (431, get(b"/", b"A: b\r\n" * 3)),
                            (414, get(b"/" + b"a" * 64)), (431, get(b"/", b"A: " + b"b" * 250 + b"\r\n"))):
        with Client(server) as c:
            c.send(request)
            check(c.answer()[0] == status, "not %d" % status)


@own_server("--write-timeout", "2")
def client_that_reads_slowly(server):
    with Client(server) as c:
        c.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
        c.send(get(b"/bytes/20000000"))
        began = time.monotonic()
        while time.monotonic() - began < 5:
            check(c.socket.recv(8192), "closed")
            time.sleep(0.1)


@own_server()
def sigterm_finishes_requests(server):
    with Client(server) as busy, Client(server) as idle, Client(server) as big:
        idle.send(get())
        idle.answer()
        big.send(get(b"/bytes/3000000"))
        big.fill()
        busy.send(get(b"/nap/1500"))
        check(server.logs(b"napping"), "the request does not begin")
        server.process.send_signal(signal.SIGTERM)
        check(idle.ended(3), "idle connection stays open")
        got = busy.answer()
        check(got[2] == b"slept", "cut off")
        check(got[1].get("connection") == "close", "no Connection: close while draining")
        check(len(big.answer()[2]) == 3000000, "large answer cut off")
        began = time.monotonic()
    check(server.exit_code(10) == 0, "exit code %r" % server.process.returncode)
    check(time.monotonic() - began < 3 * server.patience, "slow exit")


@own_server()
def sigint_exits_0(server):
    check(server.stop(signal.SIGINT) == 0, "exit code %r" % server.process.returncode)


@own_server()
def signals_with_script_threads(server):
    """A thread that the application has started does not take the signal away."""
    if not server.arguments.adder:
        return
    with Client(server) as c:
        c.send(get(b"/nap/500"))
        check(server.logs(b"napping"), "the request does not begin")
        server.process.send_signal(signal.SIGINT)
        check(c.answer()[2] == b"slept", "cut off")
    check(server.exit_code(10) == 0, "exit code %r" % server.process.returncode)


@own_server()
def second_signal_ends_at_once(server):
    c = Client(server)
    c.send(get(b"/nap/900000"))
    check(server.logs(b"napping"), "the request does not begin")
    server.process.send_signal(signal.SIGTERM)
    time.sleep(0.2)
    check(server.process.poll() is None, "ended before its request")
    began = time.monotonic()
    while server.process.poll() is None and time.monotonic() - began < 5 * server.patience:
        server.process.send_signal(signal.SIGTERM)  # again: the kernel makes one of two that come too close
        time.sleep(0.2)
    check(server.process.poll() == 128 + signal.SIGTERM, "exit code %r" % server.process.returncode)


@own_server()
def sigterm_under_load_loses_nothing(server):
    """Whatever was sent before the connection was closed by the server has a whole answer."""
    lost, answered = [], []
    stop = threading.Event()

    def work(n):
        while not stop.is_set():
            try:
                with Client(server, 5) as c:
                    for i in range(100):
                        c.send(get(b"/echo?%d" % i))
                        got = c.answer()
                        answered.append(1)
                        if b"query=%d\n" % i not in got[2]:
                            lost.append("wrong answer")
                        if got[1].get("connection") == "close":
                            break
            except ConnectionRefusedError:
                return
            except Failure as e:
                if b"query" in str(e).encode():
                    lost.append(str(e))
            except OSError:
                pass

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for t in threads:
        t.start()
    time.sleep(0.5)
    end = time.monotonic() + 10 * server.patience
    while len(answered) < 100 and time.monotonic() < end:
        time.sleep(0.01)
    server.process.send_signal(signal.SIGTERM)
    code = server.exit_code(10)
    stop.set()
    for t in threads:
        t.join()
    check(code == 0, "exit code %r" % code)
    check(not lost and answered, "lost: %r" % lost[:3])


@own_server()
def address_in_use(server):
    command = start_command(server.arguments)
    for threads in ("1", "2"):
        second = subprocess.run(command + ["--bind", "%s:%d" % server.address, "--threads", threads],
                                capture_output=True, timeout=20 * server.patience)
        check(second.returncode == 1, "exit code %d" % second.returncode)
        check(b"in use" in second.stderr and second.stderr.count(b"\n") == 1, "message %r" % second.stderr)


@own_server()
def bad_command_lines(server):
    command = start_command(server.arguments)
    for words, code, text in ((["--bind", "nonsense"], 1, b"HOST:PORT"), (["--bind", "::1:80"], 1, b"HOST:PORT"),
                              (["--bind", "127.0.0.1:99999"], 1, b"HOST:PORT"),
                              (["--bind", "192.0.2.1:0"], 1, b"does not have the address"),
                              (["--threads", "0"], 2, b"--threads"), (["--threads", "x"], 2, b"--threads"),
                              (["--nonsense"], 2, b"unknown option"), (["--threads"], 2, b"needs a value")):
        run = subprocess.run(command + words, capture_output=True, timeout=20 * server.patience)
        check(run.returncode == code, "%r: exit code %d" % (words, run.returncode))
        check(text in run.stderr and run.stderr.count(b"\n") == 1, "%r: message %r" % (words, run.stderr))


def listening_port(pid):
    """The port on which the process listens, for one that cannot say it; None: not yet."""
    folder = "/proc/%d/fd" % pid
    sockets = set()
    for fd in os.listdir(folder):
        try:
            match = re.fullmatch(r"socket:\[(\d+)\]", os.readlink(os.path.join(folder, fd)))
        except FileNotFoundError:
            continue
        if match:
            sockets.add(match[1])
    with open("/proc/%d/net/tcp" % pid, encoding="ascii") as f:
        for line in f:
            fields = line.split()
            if fields[3] == "0A" and fields[9] in sockets:
                return int(fields[1].split(":")[1], 16)
    return None


@python_case
def closed_standard_descriptors(server):
    process = subprocess.Popen(["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *start_command(server.arguments),
                                "--bind", "127.0.0.1:0"])
    try:
        until = time.monotonic() + 30 * server.patience
        port = None
        while port is None:
            check(time.monotonic() < until and process.poll() is None, "it does not start")
            time.sleep(0.05)
            port = listening_port(process.pid)
        clients = [socket.create_connection(("127.0.0.1", port), 10 * server.patience) for _ in range(4)]
        for c in clients:
            c.sendall(get(b"/python/raise") + get(fields=b"Connection: close\r\n"))
        for c in clients:
            answer = b"".join(iter(lambda c=c: c.recv(65536), b""))
            check(answer.startswith(b"HTTP/1.1 500") and answer.endswith(b"Hello, World!"), repr(answer))
            check(b"Traceback" not in answer, "the log went to a client: %r" % answer)
        process.terminate()
        check(process.wait(30 * server.patience) == 0, "exit code %r" % process.returncode)
    finally:
        if process.poll() is None:
            process.kill()


@python_case
def bad_scripts(server):
    import tempfile
    program = [os.path.abspath(server.arguments.adder)]
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "serve"))
        os.mkdir(os.path.join(folder, "empty"))
        for words, code, text in ((["a" * 5000], 2, b"File name too long"), (["none.py"], 2, b"No such file"),
                                  (["-m", "no_such_module"], 1, b": No module named no_such_module\n"),
                                  (["empty"], 1, b": can't find '__main__' module in 'empty'\n"),
                                  (["serve"], 2, b"which application?"),
                                  (["--max-heap", "1", "-c", "print([1] * 1000)"], 1, b"MemoryError")):
            run = subprocess.run(program + words, cwd=folder, capture_output=True, timeout=60 * server.patience)
            check(run.returncode == code, "%r: exit code %d %r" % (words, run.returncode, run.stderr))
            check(text in run.stderr and (text == b"MemoryError" or run.stderr.count(b"\n") == 1),
                  "%r: message %r" % (words, run.stderr))


def forbid_io_uring():
    """In the child: a seccomp filter as containers have it, EPERM for io_uring_setup."""
    import ctypes
    import struct
    libc = ctypes.CDLL(None, use_errno=True)
    program = struct.pack("HBBI", 0x20, 0, 0, 0) + struct.pack("HBBI", 0x15, 0, 1, 425)
    program += struct.pack("HBBI", 0x06, 0, 0, 0x50001) + struct.pack("HBBI", 0x06, 0, 0, 0x7fff0000)
    code = ctypes.create_string_buffer(program)
    libc.prctl(38, 1, 0, 0, 0)
    fprog = struct.pack("HxxxxxxP", 4, ctypes.addressof(code))
    libc.prctl(22, 2, ctypes.create_string_buffer(fprog), 0, 0)


@own_server()
def io_uring_forbidden(server):
    for threads in ("1", "3"):
        run = subprocess.run(start_command(server.arguments) + ["--bind", "127.0.0.1:0", "--threads", threads],
                             capture_output=True, timeout=20 * server.patience, preexec_fn=forbid_io_uring)
        check(run.returncode == 1, "exit code %d" % run.returncode)
        check(b"seccomp" in run.stderr and run.stderr.count(b"\n") == 1, "message %r" % run.stderr)


def has_ipv6():
    try:
        with socket.socket(socket.AF_INET6) as s:
            s.bind(("::1", 0))
        return True
    except OSError:
        return False


@own_server("--bind", "[::1]:0" if has_ipv6() else "127.0.0.1:0")
def ipv6(server):
    if not has_ipv6():
        return
    with Client(server) as c:
        c.send(get(b"/echo"))
        check(b"remote=::1\n" in c.answer()[2], "remote address")


@own_server()
def descriptors_run_out(server):
    if server.arguments.adder and not server.arguments.echo:
        return
    import resource
    pid = server.process.pid
    soft, hard = resource.prlimit(pid, resource.RLIMIT_NOFILE)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, (40, hard))
    clients = [Client(server) for _ in range(60)]
    time.sleep(0.3)

    def cpu():
        fields = open("/proc/%d/stat" % pid).read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    def second_of_cpu():
        before = cpu()
        time.sleep(1)
        return cpu() - before

    # It may take a second or two to get through what the clients began.
    check(min(second_of_cpu() for _ in range(3)) < 10, "the server spins without descriptors")
    for c in clients:
        c.socket.close()
    began = time.monotonic()
    still_serves(server)
    check(time.monotonic() - began < server.patience, "slow recovery")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--echo")
    parser.add_argument("--adder")
    parser.add_argument("--url")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--extra", default="", help="more options for the server")
    parser.add_argument("--patience", type=float, default=1, help="stretches time limits, for slow builds")
    parser.add_argument("-k", default="")
    parser.add_argument("-v", action="store_true")
    arguments = parser.parse_args()
    server = Server(arguments, arguments.extra.split())
    failed = 0
    chosen = [c for c in CASES if arguments.k in c.__name__]
    for run in chosen:
        began = time.monotonic()
        try:
            run(server)
            result = "ok"
        except Exception as e:
            failed += 1
            result = "FAILED: %s: %s" % (type(e).__name__, e)
        if arguments.v or result != "ok":
            print("%-40s %5.2f s  %s" % (run.__name__, time.monotonic() - began, result), flush=True)
        if server.process and server.process.poll() is not None:
            print("the server has ended with %d" % server.process.returncode)
            failed += 1
            break
    else:
        code = server.stop()
        if code != 0:
            print("the server's exit code is %d" % code)
            failed += 1
    if failed:
        sys.stdout.write(server.log.decode(errors="replace")[-3000:])
    print("%d of %d cases failed" % (failed, len(chosen)) if failed else "%d cases passed" % len(chosen))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
