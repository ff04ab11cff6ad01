// core/object/codec_registry.h: encodings that are not builtin, found through the search
// functions that codecs.register was given (the library's `encodings` package registers one).
#ifndef ADDER_CORE_OBJECT_CODEC_REGISTRY_H
#define ADDER_CORE_OBJECT_CODEC_REGISTRY_H

#include "core/object/object.h"

Status codec_register(ThreadState *ts, Value search);
Status codec_unregister(ThreadState *ts, Value search);
// The CodecInfo tuple; LookupError "unknown encoding: x".
Ref codec_lookup(ThreadState *ts, const char *encoding);
void codec_registry_finish(void); // the process ends
// str.encode and bytes.decode by a registered encoding, which must be a text encoding.
Ref codec_decode_registered(ThreadState *ts, const uint8_t *bytes, size_t size,
                            const char *encoding, const char *errors);
Ref codec_encode_registered(ThreadState *ts, Value s, const char *encoding, const char *errors);
// codecs.encode / decode: any kind of object. index 0 encodes, 1 decodes.
Ref codec_apply(ThreadState *ts, Value object, const char *encoding, const char *errors, int index);
// Imports the package that registers the standard search function, before the first look-up.
typedef Status (*CodecLoader)(ThreadState *ts);
extern CodecLoader codec_loader;

#endif
