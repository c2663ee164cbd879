"""Attacks that reach for privileges and for rare parts of the kernel. A program here answers rightly only if its attack worked."""

from tests.attacks.records import Attack
from tests.attacks.writing import KERNEL, attempt, reach

# fmt: off
_PRIVILEGE = (
    attempt("user-namespace", "makes itself root of a new user namespace", """
import ctypes
return ctypes.CDLL(None).unshare(0x10000000) == 0
"""),
    attempt("mount", "mounts a file system over another, in a namespace of its own", """
import ctypes
libc = ctypes.CDLL(None)
if libc.unshare(0x10000000 | 0x20000) and libc.unshare(0x20000):
    return False  # Without a namespace of its own it would change the machine.
libc.mount(None, b'/', None, 0x4000 | 0x40000, None)  # private, recursively
return libc.mount(b'none', b'/mnt', b'tmpfs', 0, None) == 0
"""),
    attempt("setuid", "becomes another user", """
import os
os.setuid(0 if os.getuid() else 65534)
return True
""", needs=["root"]),
    reach("keyctl", "reaches the keys of the kernel", 250, "0, -3, 1"),
    reach("io-uring", "reaches the kernel's second system call interface", 425, "1, ctypes.create_string_buffer(120)"),
    reach("bpf", "loads programs into the kernel", 321, "0, ctypes.create_string_buffer(72), 72", "EINVAL"),
    reach("perf-events", "watches the processor", 298, "0, 0, -1, -1, 0", "EFAULT", "EINVAL"),
    reach("userfaultfd", "handles page faults of the kernel", 323, "1"),
    attempt("raise-limits", "raises its own limits on memory, files and size", """
import resource
for kind in (resource.RLIMIT_AS, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE):
    soft, hard = resource.getrlimit(kind)
    if hard != resource.RLIM_INFINITY:
        resource.setrlimit(kind, (hard + 1, hard + 1))
        return True
""", needs=["root"]),
    attempt("nice", "gives itself precedence", "import os\nbefore = os.nice(0)\nreturn os.nice(-5) < before", needs=["root"]),
    attempt("type-into-the-terminal", "types a command into a terminal", """
import fcntl, os, pty, termios
for number in range(3):
    if os.isatty(number):
        return fcntl.ioctl(number, termios.TIOCSTI, b' ') == 0
master, slave = pty.openpty()
if os.getsid(0) != os.getpid():
    os.setsid()
fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
fcntl.ioctl(slave, termios.TIOCSTI, b' ')
return True
"""),
    attempt("chroot", "changes its root folder, the first step out of one", "import os\nos.chroot('/')\nreturn True", needs=["root"]),
    attempt("raw-devices", "opens disks, memory and the console as devices", """
import os
for path in ('/dev/vda', '/dev/sda', '/dev/nvme0n1', '/dev/mem', '/dev/port', '/dev/kvm', '/dev/kmsg', '/dev/fuse', '/dev/loop-control'):
    try:
        os.close(os.open(path, os.O_RDONLY))
        return True
    except OSError:
        pass
"""),
)

_KERNEL_SURFACE = (
    reach("add-key", "stores a key in the kernel", 248, "b'user', b'@MARK@', b'x', 1, -2"),
    reach("request-key", "asks the kernel, or a helper of it, for a key", 249, "b'user', b'@MARK@', 0, 0", "ENOKEY"),
    reach("load-module", "loads a kernel module", 175, "0, 0, b''", "ENOEXEC", "EFAULT", needs=["root"]),
    reach("load-module-file", "loads a kernel module from a file", 313, "-1, b'', 0", "EBADF", needs=["root"]),
    reach("unload-module", "unloads a kernel module", 176, "b'@MARK@', 0o4000", "ENOENT", needs=["root"]),
    reach("load-kernel", "loads another kernel", 246, "0, 99999, 0, 0", "EINVAL", needs=["root"]),
    reach("reboot", "restarts the machine (with wrong magic numbers)", 169, "0, 0, 0, 0", "EINVAL", needs=["root"]),
    reach("swap-on", "adds swap space", 167, "b'/@MARK@', 0", "ENOENT", needs=["root"]),
    reach("swap-off", "takes swap space away", 168, "b'/@MARK@'", "ENOENT", "EINVAL", needs=["root"]),
    reach("quota", "manages disk quotas", 179, "0x80000100, 0, 0, 0", "ENODEV", "ESRCH", needs=["root"]),
    reach("accounting", "turns process accounting on", 163, "b'/@MARK@'", "ENOENT", needs=["root"]),
    reach("set-clock", "sets the clock (to an impossible time)", 227, "0, (-1).to_bytes(16, 'little', signed=True)", "EINVAL"),
    reach("host-name", "changes the machine's name (to one of impossible length)", 170, "0, -1", "EINVAL", needs=["root"]),
    reach("port-level", "takes the right to all input and output ports", 172, "3", needs=["root"]),
    reach("port-rights", "takes the right to one input and output port", 173, "0x80, 1, 1", needs=["root"]),
    reach("segments", "reads its local descriptor table", 154, "0, ctypes.create_string_buffer(16), 16"),
    reach("personality", "asks for memory without random addresses", 135, "0x0040000"),
    reach("pivot-root", "exchanges the root file system", 155, "b'/@MARK@', b'/@MARK@'", "ENOENT", needs=["root"]),
    reach("unmount", "unmounts a file system", 166, "b'/@MARK@', 0", "ENOENT"),
    reach("new-mount-interface", "makes a file system with the new calls for mounting", 430, "b'tmpfs', 0", needs=["root"]),
    reach("clone-mounts", "clones the tree of mounts with the new calls", 428, "-100, b'/', 1", needs=["root"]),
    reach("file-events", "watches whole file systems", 300, "0, 0", needs=["root"]),
    reach("secret-memory", "takes memory that nobody can account for", 447, "0"),
    reach("advise-others", "gives advice about the memory of another process", 440, "-1, 0, 0, 20, 0", "EBADF"),
    reach("release-others", "releases the memory of another process", 448, "-1, 0", "EBADF"),
    reach("move-pages", "moves the memory of another process", 279, "@VICTIM@, 0, 0, 0, 0, 0"),
    reach("kernel-log", "reads the kernel's log", 103, "10, 0, 0", needs=["root"]),
    reach("vmsplice", "lends its memory to a pipe", 278, "os.pipe()[1], 0, 0, 0"),
    reach("trace-flags", "asks to be traced by its parent", 101, "0, 0, 0, 0"),
    attempt("urgent-data", "sends data out of the line over a socket pair, where the kernel has had bugs that let programs out", """
import socket
one, other = socket.socketpair()
return one.send(b'x', socket.MSG_OOB) == 1 and other.recv(1, socket.MSG_OOB) == b'x'
"""),
    attempt("lock-with-inheritance", "takes a lock that hands on precedence, where the kernel has had bugs that let programs out", """
word = ctypes.c_uint32(0)
return call(202, ctypes.byref(word), 6 | 128, 0, 0) == 0 and word.value != 0  # FUTEX_LOCK_PI
""", helpers=KERNEL),
    attempt("new-shared-memory", "makes shared memory that outlives it and that no limit counts", """
segment = call(29, 0, 1 << 20, 0o600)
return segment >= 0 and call(31, segment, 0, 0) == 0
""", helpers=KERNEL),
    attempt("new-semaphores", "makes semaphores that outlive it", """
made = call(64, 0, 1, 0o600)
return made >= 0 and call(66, made, 0, 0) == 0
""", helpers=KERNEL),
    attempt("new-message-queue", "makes a message queue that outlives it", """
made = call(68, 0, 0o600)
return made >= 0 and call(71, made, 0, 0) == 0
""", helpers=KERNEL),
    attempt("new-posix-queue", "makes a named message queue that outlives it", """
made = call(240, b'@MARK@', os.O_CREAT | os.O_RDWR, 0o600, 0)
return made >= 0 and call(241, b'@MARK@') == 0
""", helpers=KERNEL),
)
# fmt: on

ATTACKS: tuple[Attack, ...] = (*_PRIVILEGE, *_KERNEL_SURFACE)
