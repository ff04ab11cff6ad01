// core/object/codec.h: encodings between str and bytes, and what happens at an error.
//
// The builtin encodings (utf-8, ascii, latin-1, utf-16 and -32 in all byte orders,
// raw-unicode-escape, unicode-escape) need no search; error handlers are builtin ones or those
// of codecs.register_error.
#ifndef ADDER_CORE_OBJECT_CODEC_H
#define ADDER_CORE_OBJECT_CODEC_H

#include "core/object/str.h"

// The names of encoding and error handler, as arguments of `function`: names[i] stays what it is
// for an argument that is absent. TypeError, or ValueError for a NUL inside.
Status codec_names(ThreadState *ts, const char *function, Value encoding, Value errors,
                   const char *names[2]);

COLD Ref raise_decode_error(ThreadState *ts, const char *encoding, const uint8_t *bytes,
                            size_t size, size_t start, size_t end, const char *reason);
COLD Ref raise_encode_error(ThreadState *ts, const char *encoding, Value s, size_t start,
                            size_t end, const char *reason);

// A decoding that met an error: output so far, and how to go on.
typedef struct DecodeErrors {
    const char *encoding, *errors;
    const uint8_t *bytes; // a handler of a script may replace them
    size_t size;
    Ref object;  // keeps them alive then
    Ref handler; // its function
    StrBuilder out;
} DecodeErrors;
void decode_errors_begin(DecodeErrors *d, const char *encoding, const char *errors,
                         const uint8_t *bytes, size_t size);
// Handles bytes start..end; *resume is where to go on.
Status decode_errors_handle(ThreadState *ts, DecodeErrors *d, size_t start, size_t end,
                            const char *reason, size_t *resume);
Ref decode_errors_finish(ThreadState *ts, DecodeErrors *d);
Ref decode_errors_fail(ThreadState *ts, DecodeErrors *d);

typedef struct EncodeErrors EncodeErrors;
struct EncodeErrors {
    const char *encoding, *errors;
    Value text;
    Ref handler;
    uint8_t *out;
    size_t size, capacity;
    unsigned unit; // bytes of one code unit: what a replacement is encoded with
    bool big_endian;
    uint32_t max_char; // the largest code point that the encoding has (replacements must be below)
    // A character map encodes replacements as well: LOOKUP_ABSENT when it has no such character.
    Lookup (*put_mapped)(ThreadState *ts, EncodeErrors *e, uint32_t c);
    Value map;
    size_t start, end; // the error being handled
};
void encode_errors_begin(EncodeErrors *e, const char *encoding, const char *errors, Value text);
Status encode_errors_put(ThreadState *ts, EncodeErrors *e, const uint8_t *bytes, size_t size);
Status encode_errors_handle(ThreadState *ts, EncodeErrors *e, size_t start, size_t end,
                            const char *reason, size_t *resume);
Ref encode_errors_finish(ThreadState *ts, EncodeErrors *e);
Ref encode_errors_fail(ThreadState *ts, EncodeErrors *e);

// consumed not NULL: an unfinished sequence at the end is left alone, and *consumed tells where.
Ref codec_decode_utf8(ThreadState *ts, const uint8_t *bytes, size_t size, const char *errors,
                      size_t *consumed);
Ref codec_encode_utf8(ThreadState *ts, Value s, const char *errors);
Ref codec_decode_ascii(ThreadState *ts, const uint8_t *bytes, size_t size, const char *errors);
// limit 0x80 (ascii) or 0x100 (latin-1)
Ref codec_encode_narrow(ThreadState *ts, Value s, uint32_t limit, const char *errors);
// order: -1 little, 1 big, 0 native with a byte order mark (read or written);
// *order tells what was found
Ref codec_decode_utf16(ThreadState *ts, const uint8_t *bytes, size_t size, int *order,
                       const char *errors, size_t *consumed);
Ref codec_decode_utf32(ThreadState *ts, const uint8_t *bytes, size_t size, int *order,
                       const char *errors, size_t *consumed);
Ref codec_encode_utf16(ThreadState *ts, Value s, int order, const char *errors);
Ref codec_encode_utf32(ThreadState *ts, Value s, int order, const char *errors);
Ref codec_decode_unicode_escape(ThreadState *ts, const uint8_t *bytes, size_t size,
                                const char *errors);
Ref codec_encode_unicode_escape(ThreadState *ts, Value s);
// Escapes as in bytes literals: bytes in, bytes out. errors NULL: strict.
Ref codec_decode_escape(ThreadState *ts, const uint8_t *bytes, size_t size, const char *errors);
Ref codec_encode_escape(ThreadState *ts, const uint8_t *bytes, size_t size);
Ref codec_decode_raw_unicode_escape(ThreadState *ts, const uint8_t *bytes, size_t size,
                                    const char *errors);
Ref codec_encode_raw_unicode_escape(ThreadState *ts, Value s);

// codecs.register_error and lookup_error. NO_REF: LookupError is set.
Status codec_register_error(ThreadState *ts, Value name, Value handler);
Ref codec_lookup_error(ThreadState *ts, const char *name);
void codec_errors_finish(void); // the process ends

#endif
