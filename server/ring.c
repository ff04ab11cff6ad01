#include "server/ring.h"
#include "server/ring_fault.h"
#include "core/base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/utsname.h>

enum { BUFFER_GROUP = 1 };

// --- opening -------------------------------------------------------------------------------------

static int map_bytes(size_t bytes, void **out)
{
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *out = memory == MAP_FAILED ? NULL : memory;
    return memory == MAP_FAILED ? -errno : 0;
}

static void show_buffer(Ring *ring, uint16_t buffer)
{
    io_uring_buf_ring_add(ring->buffers, ring_buffer(ring, buffer), ring->buffer_bytes, buffer,
                          io_uring_buf_ring_mask(ring->buffer_count), (int)ring->buffers_pending);
    ring->buffers_pending++;
}

static void advance_buffers(Ring *ring)
{
    if (ring->buffers_pending > 0) {
        io_uring_buf_ring_advance(ring->buffers, (int)ring->buffers_pending);
        ring->buffers_pending = 0;
    }
}

static int open_buffers(Ring *ring, const RingOptions *options)
{
    ring->buffer_count = options->buffer_count;
    ring->buffer_bytes = options->buffer_bytes;
    // Not a power of two: the beginnings of buffers shall not share the same few cache sets.
    ring->buffer_stride = options->buffer_bytes + 192;
    ring->buffers_mapped_bytes = options->buffer_count * sizeof(struct io_uring_buf);
    ring->buffer_memory_bytes = (size_t)ring->buffer_stride * ring->buffer_count;
    void *mapped;
    int error = map_bytes(ring->buffers_mapped_bytes, &mapped);
    if (error) {
        return error;
    }
    ring->buffers = mapped;
    error = map_bytes(ring->buffer_memory_bytes, &mapped);
    if (error) {
        return error;
    }
    ring->buffer_memory = mapped;
    struct io_uring_buf_reg registration = {.ring_addr = (uintptr_t)ring->buffers,
                                            .ring_entries = ring->buffer_count,
                                            .bgid = BUFFER_GROUP};
    error = io_uring_register_buf_ring(&ring->uring, &registration, 0);
    if (error) {
        return error;
    }
    io_uring_buf_ring_init(ring->buffers);
    for (unsigned i = 0; i < ring->buffer_count; i++) {
        show_buffer(ring, (uint16_t)i);
    }
    advance_buffers(ring);
    return 0;
}

int ring_open(Ring *ring, const RingOptions *options)
{
    *ring = (Ring){.fault = options->fault};
    struct io_uring_params params = {.flags = IORING_SETUP_CQSIZE | IORING_SETUP_SINGLE_ISSUER |
                                              IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL,
                                     .cq_entries = options->completions};
    int error = io_uring_queue_init_params(options->submissions, &ring->uring, &params);
    if (error) {
        return error;
    }
    ring->open = true;
    // Spares the kernel a look-up per call; where it fails nothing is lost.
    (void)io_uring_register_ring_fd(&ring->uring);
    if (options->buffer_count > 0) {
        error = open_buffers(ring, options);
        if (error) {
            ring_close(ring);
        }
    }
    return error;
}

void ring_close(Ring *ring)
{
    if (ring->open) {
        io_uring_queue_exit(&ring->uring);
    }
    if (ring->buffers) {
        munmap(ring->buffers, ring->buffers_mapped_bytes);
    }
    if (ring->buffer_memory) {
        munmap(ring->buffer_memory, ring->buffer_memory_bytes);
    }
    ring->buffers = NULL;
    ring->buffer_memory = NULL;
    ring->open = false;
}

// --- explaining ----------------------------------------------------------------------------------

// The first number in a small file, after `label` if that is not NULL; -1 if there is none.
static int number_in_file(const char *path, const char *label)
{
    char text[4096];
    FILE *file = fopen(path, "re");
    if (!file) {
        return -1;
    }
    size_t size = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[size] = 0;
    const char *at = label ? strstr(text, label) : text;
    int number;
    return at && sscanf(at + (label ? strlen(label) : 0), "%d", &number) == 1 ? number : -1;
}

void ring_explain(int error, char *text, size_t size)
{
    struct utsname name;
    uname(&name);
    int disabled = number_in_file("/proc/sys/kernel/io_uring_disabled", NULL);
    bool filtered = number_in_file("/proc/self/status", "\nSeccomp:") == 2;
    int major = 0, minor = 0;
    sscanf(name.release, "%d.%d", &major, &minor);
    bool new_enough = major > 6 || (major == 6 && minor >= 1);

    if (error == -EPERM && disabled > 0) {
        snprintf(text, size,
                 "io_uring is forbidden by the system setting kernel.io_uring_disabled=%d "
                 "(as root: sysctl kernel.io_uring_disabled=0)",
                 disabled);
    } else if ((error == -EPERM || error == -ENOSYS || error == -EACCES) && filtered) {
        snprintf(text, size,
                 "io_uring is forbidden by a seccomp filter, as Docker, containerd and "
                 "Kubernetes install by default (use a profile that allows io_uring_setup, "
                 "io_uring_enter and io_uring_register, for instance docker run --security-opt "
                 "seccomp=unconfined)");
    } else if (error == -EPERM || error == -EACCES) {
        snprintf(text, size, "io_uring is forbidden by a security policy of this system (%s)",
                 strerror(-error));
    } else if (error == -ENOSYS && new_enough) {
        snprintf(
            text, size,
            "io_uring is not available: the kernel was built without it, or a sandbox hides it");
    } else if (error == -ENOSYS || (error == -EINVAL && !new_enough)) {
        snprintf(text, size,
                 "io_uring of kernel %s is missing or too old: Linux 6.1 or later is needed",
                 name.release);
    } else if (error == -ENOMEM) {
        snprintf(text, size, "not enough memory for the rings (limits: ulimit -v, ulimit -l)");
    } else if (error == -EMFILE || error == -ENFILE) {
        snprintf(text, size, "not enough file descriptors for the rings (limit: ulimit -n)");
    } else {
        snprintf(text, size, "io_uring cannot be set up on kernel %s: %s", name.release,
                 strerror(-error));
    }
}

// --- queueing ------------------------------------------------------------------------------------

static struct io_uring_sqe *next_entry(Ring *ring, uint64_t tag)
{
    if (UNLIKELY(ring->fault != NULL) && ring_fault_queue_is_full(ring->fault)) {
        return NULL;
    }
    struct io_uring_sqe *entry = io_uring_get_sqe(&ring->uring);
    if (UNLIKELY(entry == NULL)) {
        io_uring_submit(&ring->uring);
        entry = io_uring_get_sqe(&ring->uring);
        if (!entry) {
            return NULL;
        }
    }
    return entry;
}

// What the fault shim wants; replaces the operation by a no-op if it is not to happen.
static FaultAction consult_fault(Ring *ring, struct io_uring_sqe *entry, FaultOp op, uint64_t tag)
{
    if (LIKELY(ring->fault == NULL)) {
        return FAULT_NONE;
    }
    FaultAction action = ring_fault_draw(ring->fault, op, tag);
    if (action == FAULT_FAIL || action == FAULT_VANISH) {
        io_uring_prep_nop(entry);
        entry->user_data = tag;
    }
    return action;
}

bool ring_accept(Ring *ring, int fd, uint64_t tag)
{
    struct io_uring_sqe *entry = next_entry(ring, tag);
    if (!entry) {
        return false;
    }
    io_uring_prep_multishot_accept(entry, fd, NULL, NULL, SOCK_CLOEXEC);
    entry->user_data = tag;
    if (consult_fault(ring, entry, FAULT_OP_ACCEPT, tag) == FAULT_ONE_SHOT) {
        entry->ioprio = 0;
    }
    return true;
}

bool ring_recv(Ring *ring, int fd, uint64_t tag)
{
    struct io_uring_sqe *entry = next_entry(ring, tag);
    if (!entry) {
        return false;
    }
    io_uring_prep_recv_multishot(entry, fd, NULL, 0, 0);
    entry->flags |= IOSQE_BUFFER_SELECT;
    entry->buf_group = BUFFER_GROUP;
    entry->user_data = tag;
    FaultAction action = consult_fault(ring, entry, FAULT_OP_RECV, tag);
    if (action == FAULT_ONE_SHOT || action == FAULT_SHORT) {
        entry->ioprio = 0;
        entry->len = action == FAULT_SHORT ? 1 : ring->buffer_bytes;
    }
    return true;
}

bool ring_send(Ring *ring, int fd, const void *data, size_t size, uint64_t tag)
{
    struct io_uring_sqe *entry = next_entry(ring, tag);
    if (!entry) {
        return false;
    }
    size = MIN_OF(size, (size_t)1 << 30);
    io_uring_prep_send(entry, fd, data, size, MSG_NOSIGNAL | MSG_WAITALL);
    entry->user_data = tag;
    if (consult_fault(ring, entry, FAULT_OP_SEND, tag) == FAULT_SHORT) {
        entry->len = ring_fault_shorten(ring->fault, entry->len);
    }
    return true;
}

bool ring_sendmsg(Ring *ring, int fd, const struct msghdr *message, uint64_t tag)
{
    struct io_uring_sqe *entry = next_entry(ring, tag);
    if (!entry) {
        return false;
    }
    io_uring_prep_sendmsg(entry, fd, message, MSG_NOSIGNAL | MSG_WAITALL);
    entry->user_data = tag;
    if (consult_fault(ring, entry, FAULT_OP_SEND, tag) == FAULT_SHORT) {
        const struct iovec *first = &message->msg_iov[0];
        io_uring_prep_send(
            entry, fd, first->iov_base,
            ring_fault_shorten(ring->fault, (uint32_t)MIN_OF(first->iov_len, 1u << 30)),
            MSG_NOSIGNAL);
        entry->user_data = tag;
    }
    return true;
}

bool ring_poll(Ring *ring, int fd, uint64_t tag)
{
    struct io_uring_sqe *entry = next_entry(ring, tag);
    if (!entry) {
        return false;
    }
    io_uring_prep_poll_multishot(entry, fd, POLL_IN);
    entry->user_data = tag;
    if (consult_fault(ring, entry, FAULT_OP_POLL, tag) == FAULT_ONE_SHOT) {
        entry->len = 0;
    }
    return true;
}

bool ring_cancel_tag(Ring *ring, uint64_t victim, uint64_t tag)
{
    struct io_uring_sqe *entry = next_entry(ring, tag);
    if (!entry) {
        return false;
    }
    io_uring_prep_cancel64(entry, victim, 0);
    entry->user_data = tag;
    consult_fault(ring, entry, FAULT_OP_CANCEL, tag);
    return true;
}

bool ring_cancel_fd(Ring *ring, int fd, uint64_t tag)
{
    struct io_uring_sqe *entry = next_entry(ring, tag);
    if (!entry) {
        return false;
    }
    io_uring_prep_cancel_fd(entry, fd, IORING_ASYNC_CANCEL_ALL);
    entry->user_data = tag;
    consult_fault(ring, entry, FAULT_OP_CANCEL, tag);
    return true;
}

// --- entering ------------------------------------------------------------------------------------

// A full completion queue is no failure: the caller takes completions off and comes back.
static int soften(Ring *ring, int error)
{
    if (UNLIKELY(IO_URING_READ_ONCE(*ring->uring.sq.kflags) & IORING_SQ_CQ_OVERFLOW)) {
        ring->overflows++;
    }
    if (error >= 0 || error == -EBUSY || error == -EINTR || error == -ETIME || error == -EAGAIN) {
        return 0;
    }
    return error;
}

int ring_submit(Ring *ring)
{
    advance_buffers(ring);
    return soften(ring, io_uring_submit_and_get_events(&ring->uring));
}

int ring_wait(Ring *ring, uint64_t timeout_ns)
{
    advance_buffers(ring);
    if (UNLIKELY(ring->fault != NULL)) {
        timeout_ns = ring_fault_wait_ns(ring->fault, timeout_ns);
    }
    struct io_uring_cqe *ignored;
    if (timeout_ns == UINT64_MAX) {
        return soften(ring, io_uring_submit_and_wait(&ring->uring, 1));
    }
    struct __kernel_timespec time = {.tv_sec = (int64_t)(timeout_ns / 1000000000u),
                                     .tv_nsec = (int64_t)(timeout_ns % 1000000000u)};
    return soften(ring, io_uring_submit_and_wait_timeout(&ring->uring, &ignored, 1, &time, NULL));
}

bool ring_has_completion(Ring *ring) { return io_uring_cq_ready(&ring->uring) > 0; }

bool ring_next(Ring *ring, Completion *completion)
{
    struct io_uring *uring = &ring->uring;
    for (;;) {
        unsigned head = *uring->cq.khead;
        if (head == io_uring_smp_load_acquire(uring->cq.ktail)) {
            return false;
        }
        const struct io_uring_cqe *entry = &uring->cq.cqes[head & uring->cq.ring_mask];
        completion->tag = entry->user_data;
        completion->result = entry->res;
        completion->more = entry->flags & IORING_CQE_F_MORE;
        completion->has_buffer = entry->flags & IORING_CQE_F_BUFFER;
        completion->buffer = (uint16_t)(entry->flags >> IORING_CQE_BUFFER_SHIFT);
        io_uring_cq_advance(uring, 1);
        if (completion->has_buffer) {
            ring->buffers_out++;
        }
        if (UNLIKELY(ring->fault != NULL) &&
            !ring_fault_filter(ring->fault, completion->tag, &completion->result)) {
            continue;
        }
        return true;
    }
}

void ring_buffer_return(Ring *ring, uint16_t buffer)
{
    ASSERT(ring->buffers_out > 0);
    ring->buffers_out--;
    show_buffer(ring, buffer);
}

uint64_t ring_now_ns(Ring *ring)
{
    return UNLIKELY(ring->fault != NULL) ? ring_fault_now_ns(ring->fault) : clock_monotonic_ns();
}
