// core/object/list_sort_template.h: the merge sort of list_sort.c, included once per sort of keys.
// SORT_NAME(f) names the functions, SORT_LESS(s, a, b) compares: 1 less, 0 not less, -1 error.
// No include guard: it is meant to be included several times.

// Finds in keys[0 .. n) the place of `key` so that all before are less (left) or not greater
// (right). Starts near `hint` and doubles its steps. -1: error.
static int64_t SORT_NAME(gallop_left)(Sort *s, Value key, const Value *keys, int64_t n,
                                      int64_t hint)
{
    int64_t last = 0, offset = 1;
    const Value *a = keys + hint;
    int less = SORT_LESS(s, *a, key);
    if (less < 0) {
        return -1;
    }
    if (less) { // a[hint] < key: to the right until a[hint + last] < key <= a[hint + offset]
        int64_t most = n - hint;
        while (offset < most) {
            less = SORT_LESS(s, a[offset], key);
            if (less < 0) {
                return -1;
            }
            if (!less) {
                break;
            }
            last = offset;
            offset = (offset << 1) + 1;
        }
        offset = MIN_OF(offset, most);
        last += hint;
        offset += hint;
    } else { // key <= a[hint]: to the left until a[hint - offset] < key <= a[hint - last]
        int64_t most = hint + 1;
        while (offset < most) {
            less = SORT_LESS(s, a[-offset], key);
            if (less < 0) {
                return -1;
            }
            if (less) {
                break;
            }
            last = offset;
            offset = (offset << 1) + 1;
        }
        offset = MIN_OF(offset, most);
        int64_t swap = last;
        last = hint - offset;
        offset = hint - swap;
    }
    last++;
    while (last < offset) {
        int64_t middle = last + ((offset - last) >> 1);
        less = SORT_LESS(s, keys[middle], key);
        if (less < 0) {
            return -1;
        }
        if (less) {
            last = middle + 1;
        } else {
            offset = middle;
        }
    }
    return offset;
}

static int64_t SORT_NAME(gallop_right)(Sort *s, Value key, const Value *keys, int64_t n,
                                       int64_t hint)
{
    int64_t last = 0, offset = 1;
    const Value *a = keys + hint;
    int less = SORT_LESS(s, key, *a);
    if (less < 0) {
        return -1;
    }
    if (less) { // key < a[hint]: to the left until a[hint - offset] <= key < a[hint - last]
        int64_t most = hint + 1;
        while (offset < most) {
            less = SORT_LESS(s, key, a[-offset]);
            if (less < 0) {
                return -1;
            }
            if (!less) {
                break;
            }
            last = offset;
            offset = (offset << 1) + 1;
        }
        offset = MIN_OF(offset, most);
        int64_t swap = last;
        last = hint - offset;
        offset = hint - swap;
    } else { // a[hint] <= key: to the right
        int64_t most = n - hint;
        while (offset < most) {
            less = SORT_LESS(s, key, a[offset]);
            if (less < 0) {
                return -1;
            }
            if (less) {
                break;
            }
            last = offset;
            offset = (offset << 1) + 1;
        }
        offset = MIN_OF(offset, most);
        last += hint;
        offset += hint;
    }
    last++;
    while (last < offset) {
        int64_t middle = last + ((offset - last) >> 1);
        less = SORT_LESS(s, key, keys[middle]);
        if (less < 0) {
            return -1;
        }
        if (less) {
            offset = middle;
        } else {
            last = middle + 1;
        }
    }
    return offset;
}

// Sorts [low, high) of which [low, start) is sorted already.
static bool SORT_NAME(insert_rest)(Sort *s, int64_t low, int64_t high, int64_t start)
{
    Value *keys = s->keys, *values = s->values;
    for (int64_t i = MAX_OF(start, low + 1); i < high; i++) {
        Value key = keys[i];
        int64_t left = low, right = i;
        while (left < right) {
            int64_t middle = left + ((right - left) >> 1);
            int less = SORT_LESS(s, key, keys[middle]);
            if (less < 0) {
                return false;
            }
            if (less) {
                right = middle;
            } else {
                left = middle + 1;
            }
        }
        for (int64_t k = i; k > left; k--) {
            keys[k] = keys[k - 1];
        }
        keys[left] = key;
        if (values != NULL) {
            Value value = values[i];
            for (int64_t k = i; k > left; k--) {
                values[k] = values[k - 1];
            }
            values[left] = value;
        }
    }
    return true;
}

// The length of the run that starts at low, made ascending; -1: error.
static int64_t SORT_NAME(find_run)(Sort *s, int64_t low, int64_t high)
{
    if (low + 1 == high) {
        return 1;
    }
    Value *keys = s->keys;
    int less = SORT_LESS(s, keys[low + 1], keys[low]);
    if (less < 0) {
        return -1;
    }
    bool is_descending = less != 0;
    int64_t i = low + 2;
    for (; i < high; i++) {
        less = SORT_LESS(s, keys[i], keys[i - 1]);
        if (less < 0) {
            return -1;
        }
        if ((less != 0) != is_descending) {
            break;
        }
    }
    if (is_descending) {
        reverse_values(keys + low, i - low);
        if (s->values != NULL) {
            reverse_values(s->values + low, i - low);
        }
    }
    return i - low;
}

// Merges the neighbours [a, a + na) and [a + na, a + na + nb); the left one is not longer.
static bool SORT_NAME(merge_low)(Sort *s, int64_t a, int64_t na, int64_t nb)
{
    if (!sort_reserve(s, na)) {
        return false;
    }
    copy_to_scratch(s, a, na);
    int64_t to = a, from_b = a + na, from_a = 0; // from_a counts in the scratch arrays
    Value *keys = s->keys;
    const Value *left = s->scratch_keys;
    bool is_fine = true;
    int64_t least = s->least_gallop;
    take_right(s, to++, from_b++);
    if (--nb == 0) {
        goto rest_of_a;
    }
    if (na == 1) {
        goto last_of_a;
    }
    for (;;) {
        int64_t wins_a = 0, wins_b = 0;
        for (;;) {
            int less = SORT_LESS(s, keys[from_b], left[from_a]);
            if (less < 0) {
                goto failed;
            }
            if (less) {
                take_right(s, to++, from_b++);
                wins_b++;
                wins_a = 0;
                if (--nb == 0) {
                    goto rest_of_a;
                }
                if (wins_b >= least) {
                    break;
                }
            } else {
                take_scratch(s, to++, from_a++);
                wins_a++;
                wins_b = 0;
                if (--na == 1) {
                    goto last_of_a;
                }
                if (wins_a >= least) {
                    break;
                }
            }
        }
        least++;
        do {
            least -= least > 1;
            s->least_gallop = least;
            int64_t k = SORT_NAME(gallop_right)(s, keys[from_b], left + from_a, na, 0);
            if (k < 0) {
                goto failed;
            }
            wins_a = k;
            if (k > 0) {
                copy_from_scratch(s, to, from_a, k);
                to += k;
                from_a += k;
                na -= k;
                if (na == 1) {
                    goto last_of_a;
                }
                if (na == 0) {
                    goto rest_of_a; // only if the comparison contradicts itself
                }
            }
            take_right(s, to++, from_b++);
            if (--nb == 0) {
                goto rest_of_a;
            }
            k = SORT_NAME(gallop_left)(s, left[from_a], keys + from_b, nb, 0);
            if (k < 0) {
                goto failed;
            }
            wins_b = k;
            if (k > 0) {
                move_items(s, to, from_b, k);
                to += k;
                from_b += k;
                nb -= k;
                if (nb == 0) {
                    goto rest_of_a;
                }
            }
            take_scratch(s, to++, from_a++);
            if (--na == 1) {
                goto last_of_a;
            }
        } while (wins_a >= GALLOP_LEAST || wins_b >= GALLOP_LEAST);
        least++;
        s->least_gallop = least;
    }
failed:
    is_fine = false;
rest_of_a:
    copy_from_scratch(s, to, from_a, na);
    return is_fine;
last_of_a:
    move_items(s, to, from_b, nb);
    copy_from_scratch(s, to + nb, from_a, 1);
    return true;
}

// As merge_low, from the right end; the right one is not longer.
static bool SORT_NAME(merge_high)(Sort *s, int64_t a, int64_t na, int64_t nb)
{
    if (!sort_reserve(s, nb)) {
        return false;
    }
    copy_to_scratch(s, a + na, nb);
    int64_t to = a + na + nb - 1, from_a = a + na - 1, from_b = nb - 1; // from_b counts in scratch
    Value *keys = s->keys;
    const Value *right = s->scratch_keys;
    bool is_fine = true;
    int64_t least = s->least_gallop;
    take_right(s, to--, from_a--);
    if (--na == 0) {
        goto rest_of_b;
    }
    if (nb == 1) {
        goto first_of_b;
    }
    for (;;) {
        int64_t wins_a = 0, wins_b = 0;
        for (;;) {
            int less = SORT_LESS(s, right[from_b], keys[from_a]);
            if (less < 0) {
                goto failed;
            }
            if (less) {
                take_right(s, to--, from_a--);
                wins_a++;
                wins_b = 0;
                if (--na == 0) {
                    goto rest_of_b;
                }
                if (wins_a >= least) {
                    break;
                }
            } else {
                take_scratch(s, to--, from_b--);
                wins_b++;
                wins_a = 0;
                if (--nb == 1) {
                    goto first_of_b;
                }
                if (wins_b >= least) {
                    break;
                }
            }
        }
        least++;
        do {
            least -= least > 1;
            s->least_gallop = least;
            int64_t k = SORT_NAME(gallop_right)(s, right[from_b], keys + a, na, na - 1);
            if (k < 0) {
                goto failed;
            }
            k = na - k;
            wins_a = k;
            if (k > 0) {
                to -= k;
                from_a -= k;
                move_items(s, to + 1, from_a + 1, k);
                na -= k;
                if (na == 0) {
                    goto rest_of_b;
                }
            }
            take_scratch(s, to--, from_b--);
            if (--nb == 1) {
                goto first_of_b;
            }
            k = SORT_NAME(gallop_left)(s, keys[from_a], right, nb, nb - 1);
            if (k < 0) {
                goto failed;
            }
            k = nb - k;
            wins_b = k;
            if (k > 0) {
                to -= k;
                from_b -= k;
                copy_from_scratch(s, to + 1, from_b + 1, k);
                nb -= k;
                if (nb == 1) {
                    goto first_of_b;
                }
                if (nb == 0) {
                    goto rest_of_b;
                }
            }
            take_right(s, to--, from_a--);
            if (--na == 0) {
                goto rest_of_b;
            }
        } while (wins_a >= GALLOP_LEAST || wins_b >= GALLOP_LEAST);
        least++;
        s->least_gallop = least;
    }
failed:
    is_fine = false;
rest_of_b:
    copy_from_scratch(s, to - (nb - 1), 0, nb);
    return is_fine;
first_of_b:
    to -= na;
    from_a -= na;
    move_items(s, to + 1, from_a + 1, na);
    copy_from_scratch(s, to, from_b, 1);
    return true;
}

// Merges runs i and i + 1 of the stack.
static bool SORT_NAME(merge_runs)(Sort *s, int i)
{
    int64_t a = s->runs[i].start, na = s->runs[i].length;
    int64_t b = s->runs[i + 1].start, nb = s->runs[i + 1].length;
    s->runs[i].length = na + nb;
    if (i == s->run_count - 3) {
        s->runs[i + 1] = s->runs[i + 2];
    }
    s->run_count--;
    int64_t k = SORT_NAME(gallop_right)(s, s->keys[b], s->keys + a, na, 0);
    if (k < 0) {
        return false;
    }
    a += k;
    na -= k;
    if (na == 0) {
        return true;
    }
    nb = SORT_NAME(gallop_left)(s, s->keys[a + na - 1], s->keys + b, nb, nb - 1);
    if (nb <= 0) {
        return nb == 0;
    }
    return na <= nb ? SORT_NAME(merge_low)(s, a, na, nb) : SORT_NAME(merge_high)(s, a, na, nb);
}

static bool SORT_NAME(sort)(Sort *s, int64_t n)
{
    int64_t low = 0, run_least = least_run(n);
    while (low < n) {
        int64_t length = SORT_NAME(find_run)(s, low, n);
        if (length < 0) {
            return false;
        }
        if (length < run_least) {
            int64_t forced = MIN_OF(run_least, n - low);
            if (!SORT_NAME(insert_rest)(s, low, low + forced, low + length)) {
                return false;
            }
            length = forced;
        }
        if (s->run_count > 0) {
            const Run *top = &s->runs[s->run_count - 1];
            int power = node_power(top->start, top->length, length, n);
            while (s->run_count > 1 && s->runs[s->run_count - 2].power > power) {
                if (!SORT_NAME(merge_runs)(s, s->run_count - 2)) {
                    return false;
                }
            }
            s->runs[s->run_count - 1].power = power;
        }
        s->runs[s->run_count++] = (Run){.start = low, .length = length, .power = 0};
        low += length;
    }
    while (s->run_count > 1) {
        int i = s->run_count - 2;
        if (i > 0 && s->runs[i - 1].length < s->runs[i + 1].length) {
            i--;
        }
        if (!SORT_NAME(merge_runs)(s, i)) {
            return false;
        }
    }
    return true;
}

#undef SORT_NAME
#undef SORT_LESS
