// core/modules/hashlib.c: _hashlib and _blake2: digests of OpenSSL.
//
// Keyed hashing is the library's own (hmac.py): hmac_new says that it is not here,
// and hmac goes on by itself.
// Threads  a digest's state is used under its object's lock.
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "core/object/bytes.h"
#include "core/object/container.h"
#include "core/object/int.h"
#include "core/object/module.h"
#include "core/object/set.h"
#include "core/object/str.h"
#include "core/object/tuple.h"
#include "gil/wait.h"

typedef struct Hash {
    ObjectHead head;
    EVP_MD_CTX *context; // lock; NULL: could not be made
    const char *name;
} Hash;

typedef struct Algorithm {
    const char *name, *openssl_name;
    const EVP_MD *(*method)(void);
    bool is_xof;
} Algorithm;

static const Algorithm algorithms[] = {
    {"md5", "MD5", EVP_md5, false},
    {"sha1", "SHA1", EVP_sha1, false},
    {"sha224", "SHA224", EVP_sha224, false},
    {"sha256", "SHA256", EVP_sha256, false},
    {"sha384", "SHA384", EVP_sha384, false},
    {"sha512", "SHA512", EVP_sha512, false},
    {"sha512_224", "SHA512-224", EVP_sha512_224, false},
    {"sha512_256", "SHA512-256", EVP_sha512_256, false},
    {"sha3_224", "SHA3-224", EVP_sha3_224, false},
    {"sha3_256", "SHA3-256", EVP_sha3_256, false},
    {"sha3_384", "SHA3-384", EVP_sha3_384, false},
    {"sha3_512", "SHA3-512", EVP_sha3_512, false},
    {"shake_128", "SHAKE128", EVP_shake128, true},
    {"shake_256", "SHAKE256", EVP_shake256, true},
    {"blake2b", "BLAKE2b512", EVP_blake2b512, false},
    {"blake2s", "BLAKE2s256", EVP_blake2s256, false},
};

static Ref unsupported_type; // UnsupportedDigestmodError, kept for the life of the process

static Hash *hash_from(Value v) { return (Hash *)value_head(v); }
static Ref raise_failure(ThreadState *ts)
{
    return raise(ts, EXC_ValueError, "the digest could not be computed");
}

static const Algorithm *algorithm_named(Value name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(algorithms); i++) {
        if (str_equal_z(name, algorithms[i].name) ||
            str_equal_z(name, algorithms[i].openssl_name)) {
            return &algorithms[i];
        }
    }
    return NULL;
}

static const Algorithm *algorithm_of(const Hash *h)
{
    for (size_t i = 0; i < ARRAY_LENGTH(algorithms); i++) {
        if (strcmp(h->name, algorithms[i].name) == 0) {
            return &algorithms[i];
        }
    }
    return &algorithms[0];
}

static Ref hash_new(ThreadState *ts, const char *name)
{
    Hash *h = object_new(ts, KIND_HASH, sizeof *h);
    if (h == NULL) {
        return NO_REF;
    }
    h->name = name;
    h->context = EVP_MD_CTX_new();
    OWNED Ref made = REF_FROM_NEW(h);
    return h->context == NULL ? raise_no_memory(ts) : ref_take(&made);
}

static Ref update_with(ThreadState *ts, Hash *h, Value data)
{
    BufferView view;
    if (value_is_str(data)) {
        return raise(ts, EXC_TypeError, "Strings must be encoded before hashing");
    }
    if (type_of(data)->slots.buffer == NULL) {
        return raise(ts, EXC_TypeError, "object supporting the buffer API required");
    }
    if (buffer_get(ts, data, &view) == STATUS_ERROR) {
        return NO_REF;
    }
    int ok = 0;
    CRITICAL_SECTION(ts, &h->head) { ok = EVP_DigestUpdate(h->context, view.data, view.size); }
    buffer_release(ts, &view);
    return ok == 1 ? REF_NONE : raise_failure(ts);
}

static Ref make(ThreadState *ts, const Algorithm *a, Value data)
{
    OWNED Ref made = hash_new(ts, a->name);
    if (is_error(made)) {
        return NO_REF;
    }
    if (EVP_DigestInit_ex(hash_from(made.v)->context, a->method(), NULL) != 1) {
        return raise_failure(ts);
    }
    if (!is_no_value(data)) {
        OWNED Ref done = update_with(ts, hash_from(made.v), data);
        if (is_error(done)) {
            return NO_REF;
        }
    }
    return ref_take(&made);
}

static Ref new_by_name(ThreadState *ts, Value self, const Value *args)
{
    if (!value_is_str(args[0])) {
        return raise(ts, EXC_TypeError, "new() argument 'name' must be str, not %T", args[0]);
    }
    OWNED Ref lower = object_call_method_z(ts, args[0], "lower", NULL, 0);
    const Algorithm *a = is_error(lower) ? NULL : algorithm_named(lower.v);
    a = a == NULL && !is_error(lower) ? algorithm_named(args[0]) : a;
    if (a == NULL) {
        return is_error(lower) ? NO_REF
                               : raise(ts, EXC_ValueError, "unsupported hash type %U", args[0]);
    }
    return make(ts, a, args[1]);
}

#define CONSTRUCTOR(name_, index_)                                                                 \
    static Ref new_##name_(ThreadState *ts, Value self, const Value *args)                         \
    {                                                                                              \
        return make(ts, &algorithms[index_], args[0]);                                             \
    }
CONSTRUCTOR(md5, 0)
CONSTRUCTOR(sha1, 1)
CONSTRUCTOR(sha224, 2)
CONSTRUCTOR(sha256, 3)
CONSTRUCTOR(sha384, 4)
CONSTRUCTOR(sha512, 5)
CONSTRUCTOR(sha3_224, 8)
CONSTRUCTOR(sha3_256, 9)
CONSTRUCTOR(sha3_384, 10)
CONSTRUCTOR(sha3_512, 11)
CONSTRUCTOR(shake_128, 12)
CONSTRUCTOR(shake_256, 13)
CONSTRUCTOR(blake2b, 14)
CONSTRUCTOR(blake2s, 15)

// --- Methods -------------------------------------------------------------------------------------

static Ref copy(ThreadState *ts, Value self, const Value *args)
{
    Hash *h = hash_from(self);
    OWNED Ref made = hash_new(ts, h->name);
    if (is_error(made)) {
        return NO_REF;
    }
    int ok = 0;
    CRITICAL_SECTION(ts, &h->head)
    {
        ok = EVP_MD_CTX_copy_ex(hash_from(made.v)->context, h->context);
    }
    return ok == 1 ? ref_take(&made) : raise_failure(ts);
}

// The digest so far, computed on a copy; of the given length if the algorithm has none of its own.
static Ref digest_of(ThreadState *ts, Value self, Value length)
{
    Hash *h = hash_from(self);
    int64_t size = EVP_MD_size(algorithm_of(h)->method());
    if (algorithm_of(h)->is_xof) {
        if (is_no_value(length)) {
            return raise(ts, EXC_TypeError, "digest() missing required argument 'length' (pos 1)");
        }
        if (index_get(ts, length, &size) == STATUS_ERROR) {
            return NO_REF;
        }
        if (size < 0 || size >= 1 << 29) {
            return raise(ts, EXC_ValueError, "length is out of range");
        }
    } else if (!is_no_value(length)) {
        return raise(ts, EXC_TypeError, "digest() takes no arguments (1 given)");
    }
    OWNED Ref out = bytes_new(ts, NULL, (size_t)size);
    EVP_MD_CTX *context = is_error(out) ? NULL : EVP_MD_CTX_new();
    if (context == NULL) {
        return is_error(out) ? NO_REF : raise_no_memory(ts);
    }
    int ok = 0;
    CRITICAL_SECTION(ts, &h->head) { ok = EVP_MD_CTX_copy_ex(context, h->context); }
    ok = ok == 1 && (algorithm_of(h)->is_xof
                         ? EVP_DigestFinalXOF(context, bytes_from(out.v)->data, (size_t)size)
                         : EVP_DigestFinal_ex(context, bytes_from(out.v)->data, NULL)) == 1;
    EVP_MD_CTX_free(context);
    return ok == 1 ? ref_take(&out) : raise_failure(ts);
}

static Ref digest(ThreadState *ts, Value self, const Value *args)
{
    return digest_of(ts, self, args[0]);
}

static Ref hexdigest(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref bytes = digest_of(ts, self, args[0]);
    return is_error(bytes) ? NO_REF : object_call_method_z(ts, bytes.v, "hex", NULL, 0);
}

static Ref update(ThreadState *ts, Value self, const Value *args)
{
    return update_with(ts, hash_from(self), args[0]);
}

static Ref get_name(ThreadState *ts, Value self) { return str_from_z(ts, hash_from(self)->name); }
static Ref get_digest_size(ThreadState *ts, Value self)
{
    const Algorithm *a = algorithm_of(hash_from(self));
    return REF_OF(small_int(a->is_xof ? 0 : EVP_MD_size(a->method())));
}
static Ref get_block_size(ThreadState *ts, Value self)
{
    return REF_OF(small_int(EVP_MD_block_size(algorithm_of(hash_from(self))->method())));
}

static Ref repr(ThreadState *ts, Value self)
{
    return format_str(ts, "<%s _hashlib.HASH object @ %p>", hash_from(self)->name,
                      (void *)hash_from(self));
}

static void finish(ThreadState *ts, ObjectHead *o) { EVP_MD_CTX_free(((Hash *)o)->context); }

static const NativeDef methods[] = {
    NATIVE("copy", copy, "($self, /)", "Return a copy of the hash object."),
    NATIVE("digest", digest, "($self, /, length=)", "Return the digest value as a bytes object."),
    NATIVE("hexdigest", hexdigest, "($self, /, length=)",
           "Return the digest value as a string of hexadecimal digits."),
    NATIVE("update", update, "($self, obj, /)",
           "Update this hash object's state with the provided string."),
    NATIVE_END,
};
static const GetSetDef getset[] = {
    {"name", get_name, NULL, NULL},
    {"digest_size", get_digest_size, NULL, NULL},
    {"block_size", get_block_size, NULL, NULL},
    {NULL, NULL, NULL, NULL},
};
const TypeSpec spec_HASH = {
    .name = "_hashlib.HASH",
    .base = KIND_OBJECT,
    .size = sizeof(Hash),
    .flags = TYPE_IMMUTABLE | TYPE_NOT_CONSTRUCTIBLE,
    .slots = {.finish = finish, .repr = repr},
    .methods = methods,
    .getset = getset,
};

// --- Functions -----------------------------------------------------------------------------------

static Ref pbkdf2(ThreadState *ts, Value self, const Value *args)
{
    int64_t rounds, size;
    const Algorithm *a = value_is_str(args[0]) ? algorithm_named(args[0]) : NULL;
    if (a == NULL) {
        return raise(ts, value_is_str(args[0]) ? EXC_ValueError : EXC_TypeError,
                     "unsupported hash type %S", args[0]);
    }
    size = EVP_MD_size(a->method());
    if (index_get(ts, args[3], &rounds) == STATUS_ERROR ||
        (!is_no_value(args[4]) && !value_is_none(args[4]) &&
         index_get(ts, args[4], &size) == STATUS_ERROR)) {
        return NO_REF;
    }
    if (rounds < 1 || rounds > INT32_MAX) {
        return raise(ts, EXC_ValueError,
                     rounds < 1 ? "iteration value must be greater than 0."
                                : "iteration value is too great.");
    }
    if (size < 1 || size > INT32_MAX) {
        return raise(ts, EXC_ValueError,
                     size < 1 ? "key length must be greater than 0." : "key length is too great.");
    }
    OWNED Ref password = object_call1(ts, type_value(TYPE_OF_KIND(BYTES)), args[1]);
    OWNED Ref salt =
        is_error(password) ? NO_REF : object_call1(ts, type_value(TYPE_OF_KIND(BYTES)), args[2]);
    OWNED Ref out = is_error(salt) ? NO_REF : bytes_new(ts, NULL, (size_t)size);
    if (is_error(out)) {
        return NO_REF;
    }
    const Bytes *p = bytes_from(password.v), *s = bytes_from(salt.v);
    uint8_t *to = bytes_from(out.v)->data;
    wait_begin(ts);
    int ok = PKCS5_PBKDF2_HMAC((const char *)p->data, (int)p->size, s->data, (int)s->size,
                               (int)rounds, a->method(), (int)size, to);
    wait_end(ts);
    return ok == 1 ? ref_take(&out) : raise_failure(ts);
}

static Ref no_hmac(ThreadState *ts, Value self, const Value *args)
{
    OWNED Ref text = str_from_z(ts, "keyed hashing is left to the library's hmac");
    OWNED Ref exception = is_error(text) ? NO_REF : object_call1(ts, unsupported_type.v, text.v);
    return is_error(exception) ? NO_REF : raise_object(ts, exception.v, NO_VALUE);
}

// Takes as long whatever the bytes are.
static Ref compare_digest(ThreadState *ts, Value self, const Value *args)
{
    bool texts = value_is_str(args[0]) && value_is_str(args[1]);
    if (texts && (!str_is_ascii(str_from(args[0])) || !str_is_ascii(str_from(args[1])))) {
        return raise(ts, EXC_TypeError,
                     "comparing strings with non-ASCII characters is not supported");
    }
    if (!texts &&
        (type_of(args[0])->slots.buffer == NULL || type_of(args[1])->slots.buffer == NULL)) {
        return raise(ts, EXC_TypeError,
                     "unsupported operand types(s) or combination of types: '%T' and '%T'", args[0],
                     args[1]);
    }
    OWNED Ref a = texts ? bytes_new(ts, str_from(args[0])->data, str_length(args[0]))
                        : object_call1(ts, type_value(TYPE_OF_KIND(BYTES)), args[0]);
    OWNED Ref b = is_error(a) ? NO_REF
                  : texts     ? bytes_new(ts, str_from(args[1])->data, str_length(args[1]))
                              : object_call1(ts, type_value(TYPE_OF_KIND(BYTES)), args[1]);
    if (is_error(b)) {
        return NO_REF;
    }
    const Bytes *x = bytes_from(a.v), *y = bytes_from(b.v);
    return REF_OF(bool_value(x->size == y->size && CRYPTO_memcmp(x->data, y->data, x->size) == 0));
}

static Ref get_fips_mode(ThreadState *ts, Value self, const Value *args)
{
    return REF_OF(small_int(0));
}

#define OPENSSL_ROW(name_)                                                                         \
    NATIVE("openssl_" #name_, new_##name_, "($module, /, string=b'', *, usedforsecurity=True)",    \
           NULL)

static const NativeDef functions[] = {
    NATIVE("new", new_by_name, "($module, /, name, string=b'', *, usedforsecurity=True)",
           "A new hash object."),
    OPENSSL_ROW(md5),
    OPENSSL_ROW(sha1),
    OPENSSL_ROW(sha224),
    OPENSSL_ROW(sha256),
    OPENSSL_ROW(sha384),
    OPENSSL_ROW(sha512),
    OPENSSL_ROW(sha3_224),
    OPENSSL_ROW(sha3_256),
    OPENSSL_ROW(sha3_384),
    OPENSSL_ROW(sha3_512),
    OPENSSL_ROW(shake_128),
    OPENSSL_ROW(shake_256),
    NATIVE("pbkdf2_hmac", pbkdf2, "($module, /, hash_name, password, salt, iterations, dklen=None)",
           "A key from a password."),
    NATIVE("hmac_new", no_hmac, "($module, /, key, msg=b'', digestmod=None)", NULL),
    NATIVE("hmac_digest", no_hmac, "($module, /, key, msg, digest)", NULL),
    NATIVE("compare_digest", compare_digest, "($module, a, b, /)",
           "a == b, in a time that does not tell where they differ."),
    NATIVE("get_fips_mode", get_fips_mode, "($module, /)", NULL),
    NATIVE_END,
};

static Status setup(ThreadState *ts, Value module)
{
    if (is_error(unsupported_type)) {
        OWNED Ref name = str_from_z(ts, "UnsupportedDigestmodError");
        OWNED Ref home = str_from_z(ts, "_hashlib");
        OWNED Ref bases = tuple_pack(ts, 1, type_value(TYPE_OF_EXCEPTION(EXC_ValueError)));
        OWNED Ref space = dict_new(ts);
        if (is_error(name) || is_error(home) || is_error(bases) || is_error(space) ||
            dict_set(ts, dict_from(space.v), NAME(__module__), home.v) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
        unsupported_type =
            object_call3(ts, type_value(TYPE_OF_KIND(TYPE)), name.v, bases.v, space.v);
    }
    OWNED Ref names = is_error(unsupported_type) ? NO_REF : set_new(ts, NO_VALUE);
    for (size_t i = 0; !is_error(names) && i < ARRAY_LENGTH(algorithms); i++) {
        OWNED Ref name = str_from_z(ts, algorithms[i].name);
        if (is_error(name) || set_add(ts, names.v, name.v) == STATUS_ERROR) {
            return STATUS_ERROR;
        }
    }
    return is_error(names) ||
                   module_add(ts, module, "UnsupportedDigestmodError", unsupported_type.v) ==
                       STATUS_ERROR ||
                   module_add_type(ts, module, KIND_HASH) == STATUS_ERROR ||
                   module_add_ref(ts, module, "openssl_md_meth_names",
                                  frozenset_new(ts, names.v)) == STATUS_ERROR
               ? STATUS_ERROR
               : STATUS_OK;
}

extern const ModuleSpec module_hashlib;
const ModuleSpec module_hashlib = {"_hashlib", "Digests of OpenSSL.", functions, setup};

// Without key, salt and the other parameters, which OpenSSL's interface does not take.
static const NativeDef blake2_functions[] = {
    NATIVE("blake2b", new_blake2b, "($module, data=b'', /, *, usedforsecurity=True)",
           "A new BLAKE2b hash object."),
    NATIVE("blake2s", new_blake2s, "($module, data=b'', /, *, usedforsecurity=True)",
           "A new BLAKE2s hash object."),
    NATIVE_END,
};

extern const ModuleSpec module_blake2;
const ModuleSpec module_blake2 = {"_blake2", "BLAKE2 digests.", blake2_functions, NULL};
