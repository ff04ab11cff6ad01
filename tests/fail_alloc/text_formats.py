# JSON, templates of text, regular expressions as far as the library needs them.
import json

data = {"a": [1, 2.5, None, True, "é\n"], "b": {"c": {}, "d": []}, "n": 10 ** 25}
text = json.dumps(data, sort_keys=True, indent=1)
back = json.loads(text)
print(text, back == data, json.dumps("\u20ac", ensure_ascii=False), json.loads('[1e5, -0, "\\u00e9\\ud83d\\ude00"]'))
for bad in ("[1,", "{", '"\\x"', "nul", "1 2"):
    try:
        json.loads(bad)
    except json.JSONDecodeError as e:
        print(e.msg, e.pos)
