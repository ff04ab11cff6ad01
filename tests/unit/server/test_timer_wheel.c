#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/check.h"
#include "server/timer_wheel.h"

#define MS 1000000ull

static TimerWheel wheel;

static void timer__expires_after_its_deadline(void **state)
{
    TimerEntry e = {0};
    uint64_t now = 5000 * MS;
    timer_wheel_init(&wheel, now);
    assert_true(timer_wait_ns(&wheel, now) == UINT64_MAX);
    timer_set(&wheel, &e, now + 250 * MS);
    uint64_t wait = timer_wait_ns(&wheel, now);
    assert_true(wait >= 250 * MS && wait <= 400 * MS);
    assert_null(timer_expire(&wheel, now + 249 * MS));
    assert_ptr_equal(timer_expire(&wheel, now + wait), &e);
    assert_null(e.next);
    assert_null(timer_expire(&wheel, now + 100000 * MS));
}

static void timer__put_off__comes_later(void **state)
{
    TimerEntry e = {0};
    uint64_t now = 5000 * MS;
    timer_wheel_init(&wheel, now);
    timer_set(&wheel, &e, now + 200 * MS);
    TimerEntry *next = e.next;
    timer_set(&wheel, &e, now + 5000 * MS);
    assert_ptr_equal(e.next, next); // one store, not moved
    for (; now < 9900 * MS; now += 30 * MS) {
        assert_null(timer_expire(&wheel, now));
    }
    assert_ptr_equal(timer_expire(&wheel, 10200 * MS), &e);
}

static void timer__brought_forward__comes_earlier(void **state)
{
    TimerEntry e = {0};
    uint64_t now = 5000 * MS;
    timer_wheel_init(&wheel, now);
    timer_set(&wheel, &e, now + 75000 * MS);
    timer_set(&wheel, &e, now + 1000 * MS);
    assert_ptr_equal(timer_expire(&wheel, now + 1200 * MS), &e);
}

static void timer__far_away__is_reached(void **state)
{
    TimerEntry e = {0};
    uint64_t now = 0;
    timer_wheel_init(&wheel, now);
    timer_set(&wheel, &e, 600000 * MS);
    TimerEntry *found = NULL;
    unsigned turns = 0;
    while (!found) {
        uint64_t wait = timer_wait_ns(&wheel, now);
        assert_true(wait != UINT64_MAX);
        now += wait;
        found = timer_expire(&wheel, now);
        assert_true(++turns < 20);
    }
    assert_true(now >= 600000 * MS && now <= 600200 * MS);
    timer_wheel_init(&wheel, 0);
    timer_set(&wheel, &e, 600000 * MS);
    assert_ptr_equal(timer_expire(&wheel, 10000000 * MS), &e); // after a long sleep
}

// Against a plain list of deadlines.
static void timer__random__agrees_with_a_list(void **state)
{
    enum { N = 200 };
    static TimerEntry entries[N];
    memset(entries, 0, sizeof entries);
    uint64_t now = 1000 * MS, seed = 12345;
    timer_wheel_init(&wheel, now);
    for (unsigned round = 0; round < 20000; round++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        TimerEntry *e = &entries[(seed >> 33) % N];
        unsigned what = (unsigned)(seed >> 20) % 8;
        if (what < 5) {
            timer_set(&wheel, e, now + (seed >> 40) % 150000 * MS);
        } else if (what == 5) {
            timer_unlink(&wheel, e);
        } else {
            now += (seed >> 45) % 500 * MS;
            TimerEntry *expired;
            while ((expired = timer_expire(&wheel, now))) {
                assert_true(expired->deadline_ns <= now);
            }
            for (unsigned i = 0; i < N; i++) {
                if (entries[i].next) {
                    assert_true(entries[i].deadline_ns + 100 * MS > now);
                }
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timer__expires_after_its_deadline),
        cmocka_unit_test(timer__put_off__comes_later),
        cmocka_unit_test(timer__brought_forward__comes_earlier),
        cmocka_unit_test(timer__far_away__is_reached),
        cmocka_unit_test(timer__random__agrees_with_a_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
