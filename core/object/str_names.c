// core/object/str_names.c: the names that C code uses, interned at start-up.
#include "core/object/str.h"

Value names_table[NAME_COUNT];

static const char *const name_texts[NAME_COUNT] = {
#define NAME_ROW(name)        #name,
#define NAME_TEXT(name, text) text,
#include "core/object/names.def"
#undef NAME_ROW
};

Status names_init(ThreadState *ts)
{
    for (size_t i = 0; i < NAME_COUNT; i++) {
        Ref text = str_from_z(ts, name_texts[i]);
        if (is_error(text)) {
            return STATUS_ERROR;
        }
        Ref name = str_intern_immortal(ts, text); // never dropped: the table owns it
        if (is_error(name)) {
            return STATUS_ERROR;
        }
        names_table[i] = name.v;
    }
    return STATUS_OK;
}
