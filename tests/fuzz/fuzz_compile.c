// libFuzzer: source text all the way to a code object, which is listed, dropped, and must leave
// nothing behind. The first byte of an input chooses mode, optimisation and kind of source; above
// 0xF0 it makes an allocation fail on the way.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "alloc/fault.h"
#include "alloc/statistics.h"
#include "core/compiler/compile.h"
#include "core/object/error.h"
#include "core/object/exception.h"
#include "core/object/str.h"
#include "core/runtime.h"
#include "gc/collector.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { INPUT_MAX = 64 * 1024, MODES = 3 };

static ThreadState *ts;
static Ref filename;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const RuntimeOptions options = {.program = "fuzz_compile"};
    static const char setup[] = "import warnings\nwarnings.simplefilter('ignore')\n";
    ts = runtime_create(&options);
    CHECK(ts != NULL);
    filename = str_from_z(ts, "<fuzz>");
    OWNED Ref done = is_error(filename) ? NO_REF
                                        : runtime_execute(ts, setup, sizeof setup - 1, filename.v,
                                                          PARSE_EXEC, NULL);
    CHECK(!is_error(done));
    return 0;
}

static uint64_t blocks_in_use(void)
{
    static HeapStatistics statistics;
    gc_collect(ts, GENERATION_OLD);
    heap_statistics_stopped(&statistics);
    return statistics.blocks_used;
}

// Anything but a code object or one of these is a bug.
static void check_exception(void)
{
    CHECK(exception_matches(ts, EXC_SyntaxError) || exception_matches(ts, EXC_ValueError) ||
          exception_matches(ts, EXC_RecursionError) || exception_matches(ts, EXC_MemoryError) ||
          exception_matches(ts, EXC_OverflowError));
    exception_clear(ts);
}

static void compile_once(uint8_t choice, const char *text, size_t size)
{
    bool incomplete = false;
    CompileOptions options = {
        .mode = (ParseMode)(choice % MODES),
        .is_text = choice & 0x10,
        .allow_incomplete = choice & 0x20,
        .no_dedent = choice & 0x40,
        .annotations_as_text = choice & 0x80,
        .optimize = choice / MODES % 3,
        .incomplete = &incomplete,
    };
    if (choice >= 0xF0) {
        fault_fail_allocation((uint64_t)(choice - 0xEF) * 7, choice & 1);
    }
    OWNED Ref code = compile_source(ts, text, size, filename.v, &options);
    OWNED Ref listing = is_error(code) ? NO_REF : disassemble(ts, code.v);
    fault_fail_allocation(0, false);
    if (is_error(listing)) {
        check_exception();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > INPUT_MAX) {
        return 0;
    }
    const char *text = (const char *)data + 1;
    compile_once(data[0], text, size - 1);
    // Counting costs a collection: now and then. What was made once (a cache) may stay,
    // what is made again and again was lost.
    static unsigned inputs;
    if (++inputs % 64 == 0) {
        compile_once(data[0], text, size - 1);
        uint64_t before = blocks_in_use();
        compile_once(data[0], text, size - 1);
        compile_once(data[0], text, size - 1);
        uint64_t after = blocks_in_use();
        if (after >= before + 2) {
            fprintf(stderr, "lost blocks: %llu, then %llu\n", (unsigned long long)before,
                    (unsigned long long)after);
            abort();
        }
    }
    return 0;
}
