"""Attacks that reach for other processes, or leave some behind. A program here answers rightly only if its attack worked."""

from tests.attacks.records import Attack
from tests.attacks.writing import KERNEL, MACHINE_CODE, attempt, program

# fmt: off
_PROCESSES = (
    attempt("kill-victim", "kills another process of the user", "import os\nos.kill(@VICTIM@, 9)\nreturn True"),
    attempt("kill-parent", "kills the process that started it", "import os\nos.kill(os.getppid(), 9)\nreturn os.getppid() != 1",
            harms=True),
    attempt("kill-everything", "kills every process of the user", "import os\nos.kill(-1, 9)\nreturn True", harms=True),
    attempt("trace-victim", "becomes the tracer of another process", """
import ctypes
libc = ctypes.CDLL(None)
if libc.ptrace(0x4206, @VICTIM@, 0, 0) == 0:  # PTRACE_SEIZE, which does not stop it
    return True
"""),
    attempt("trace-parent", "becomes the tracer of the process that started it", """
import ctypes, os
return ctypes.CDLL(None).ptrace(0x4206, os.getppid(), 0, 0) == 0
"""),
    attempt("read-parent-by-call", "reads the parent's memory with process_vm_readv", """
import ctypes, os, struct
room = ctypes.create_string_buffer(64)
start = int(open(f'/proc/{os.getppid()}/maps').readline().split('-')[0], 16) if os.path.exists('/proc/1/maps') else id(None)
ours, theirs = struct.pack('PN', ctypes.addressof(room), 64), struct.pack('PN', start, 64)
return ctypes.CDLL(None).process_vm_readv(os.getppid(), ours, 1, theirs, 1, 0) == 64
"""),
    attempt("take-a-file-of-the-parent", "takes an open file from the parent with pidfd_getfd", """
handle = os.pidfd_open(os.getppid())
return any(call(438, handle, number, 0) >= 0 for number in range(16))
""", helpers=KERNEL),
    attempt("subprocess", "starts another program", """
import subprocess
return subprocess.run(['/bin/echo', 'ran'], capture_output=True).stdout == b'ran\\n'
"""),
    attempt("daemon", "leaves a process behind that has left its session", """
import ctypes, os, time
ctypes.CDLL(None).prctl(15, b'@MARK@', 0, 0, 0)  # PR_SET_NAME, for the search afterwards
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(60)
    os._exit(0)
os.wait()
return True
"""),
    program("child-keeps-the-pipes", "dies, while a child of it keeps every inherited pipe open", """
import ctypes, os, time
ctypes.CDLL(None).prctl(15, b'@MARK@', 0, 0, 0)
try:
    if os.fork() == 0:
        os.setsid()
        time.sleep(60)
    time.sleep(0.05)
finally:
    os._exit(1)
"""),
)

_OTHER_WAYS_TO_PROCESSES = (
    attempt("kill-by-thread", "kills another process with tkill", "return call(200, @VICTIM@, 9) == 0", helpers=KERNEL),
    attempt("kill-by-thread-group", "kills another process with tgkill", "return call(234, @VICTIM@, @VICTIM@, 9) == 0", helpers=KERNEL),
    attempt("kill-by-queue", "kills another process with a queued signal", """
information = ctypes.create_string_buffer(b'\\x09\\0\\0\\0' + bytes(4) + b'\\xff\\xff\\xff\\xff', 128)
return call(129, @VICTIM@, 9, information) == 0
""", helpers=KERNEL),
    attempt("kill-by-handle", "kills another process through a handle on it", """
return call(424, call(434, @VICTIM@, 0), 9, 0, 0) == 0
""", helpers=KERNEL),
    attempt("kill-the-group", "kills the process group of the victim", "import os\nos.killpg(@VICTIM@, 9)\nreturn True"),
    attempt("kill-by-file-event", "makes the kernel send the deadly signal, as the notice that a socket can be read", """
import fcntl, os, socket, time
def state():
    return open('/proc/@VICTIM@/stat').read().rpartition(')')[2].split()[0]
one, other = socket.socketpair()
state()
fcntl.fcntl(one, fcntl.F_SETOWN, @VICTIM@)
fcntl.fcntl(one, 10, 9)  # F_SETSIG
fcntl.fcntl(one, fcntl.F_SETFL, os.O_ASYNC)
other.send(b'x')
time.sleep(0.02)
return state() in 'ZX'
"""),
    attempt("kill-by-ioctl", "the same, set up with ioctl instead of fcntl", """
import fcntl, os, socket, struct, time
one, other = socket.socketpair()
fcntl.ioctl(one, 0x8902, struct.pack('i', @VICTIM@))  # SIOCSPGRP
fcntl.fcntl(one, 10, 9)
fcntl.ioctl(one, 0x5452, struct.pack('i', 1))  # FIOASYNC
other.send(b'x')
time.sleep(0.02)
return open('/proc/@VICTIM@/stat').read().rpartition(')')[2].split()[0] in 'ZX'
"""),
    attempt("kill-by-lease", "asks to be told, in another's name, when somebody opens a file", """
import fcntl
file = open('@CANARY@/secret.txt')
fcntl.fcntl(file, fcntl.F_SETOWN, @VICTIM@)
fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK)
return True
"""),
    attempt("stop-victim", "stops another process without killing it", "import os\nos.kill(@VICTIM@, 19)\nreturn True"),
    attempt("slow-victim", "takes precedence away from another process", """
import os
os.setpriority(os.PRIO_PROCESS, @VICTIM@, 19)
return True
"""),
    attempt("move-victim", "decides on which processor another process runs", """
import os
os.sched_setaffinity(@VICTIM@, {0})
return True
"""),
    attempt("limit-victim", "changes the limits of another process", """
import resource
resource.prlimit(@VICTIM@, resource.RLIMIT_NOFILE, (32, 32))
return True
"""),
    attempt("disk-precedence-of-victim", "changes the disk precedence of another process", """
return call(251, 1, @VICTIM@, 3 << 13) == 0
""", helpers=KERNEL),
    attempt("real-time", "asks for real-time scheduling, which starves everybody else", """
import os
os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
return True
""", needs=["root"]),
    attempt("write-victims-memory", "writes into the memory of another process through /proc", """
import os
line = next(line for line in open('/proc/@VICTIM@/maps') if '[heap]' in line)
with open('/proc/@VICTIM@/mem', 'r+b', buffering=0) as memory:
    memory.seek(int(line.split('-')[1].split()[0], 16) - 64)
    return memory.write(bytes(8)) == 8
"""),
    attempt("write-victims-memory-by-call", "writes into the memory of another process with process_vm_writev", """
import ctypes, struct
line = next(line for line in open('/proc/@VICTIM@/maps') if '[heap]' in line)
room = ctypes.create_string_buffer(8)
end = int(line.split('-')[1].split()[0], 16) - 64
ours, theirs = struct.pack('PN', ctypes.addressof(room), 8), struct.pack('PN', end, 8)
return ctypes.CDLL(None).process_vm_writev(@VICTIM@, ours, 1, theirs, 1, 0) == 8
"""),
    attempt("compare-with-parent", "compares kernel pointers with the process that started it", """
return call(312, os.getpid(), os.getppid(), 0, 0, 0) >= 0
""", helpers=KERNEL),
    attempt("join-a-namespace", "enters the network namespace of another process", """
import os
return call(308, os.open('/proc/@VICTIM@/ns/net', os.O_RDONLY), 0) == 0
""", helpers=KERNEL, needs=["root"]),
    attempt("become-parents-child", "starts a process that counts as its parent's child, not its own", """
pid = call(56, 17 | 0x8000, 0, 0, 0, 0)  # CLONE_PARENT
if pid == 0:
    os._exit(0)
return pid > 0
""", helpers=KERNEL),
    attempt("clone-3", "starts a process with clone3, whose flags no filter can see", """
import struct
pid = call(435, struct.pack('8Q', 0, 0, 0, 0, 17, 0, 0, 0), 64)
if pid == 0:
    os._exit(0)
return pid > 0
""", helpers=KERNEL),
    attempt("clone-a-namespace", "starts a process inside new namespaces", """
pid = call(56, 17 | 0x10000000 | 0x40000000, 0, 0, 0, 0)
if pid == 0:
    os._exit(0)
return pid > 0
""", helpers=KERNEL),
    attempt("vfork", "starts a process with vfork, from machine code", """
return execute(bytes.fromhex('b83a0000000f0585c0750bb83c00000031ff0f050f0bc3')) > 0
""", helpers=MACHINE_CODE),
    attempt("int-80", "makes a 32-bit system call, whose numbers a filter may misread", """
import os
return execute(bytes.fromhex('53b814000000cd805bc3')) == os.getpid()
""", helpers=MACHINE_CODE),
    attempt("int-80-open", "opens a file of the user with a 32-bit system call", """
import ctypes, mmap, os
room = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x40, prot=7)  # MAP_32BIT
where = ctypes.addressof(ctypes.c_char.from_buffer(room))
room[512:512 + 200] = b'@CANARY@/secret.txt'.ljust(200, b'\\0')
code = b'\\x53\\x31\\xc9\\xbb' + (where + 512).to_bytes(4, 'little') + bytes.fromhex('b805000000cd805bc3')
room[:len(code)] = code
number = ctypes.CFUNCTYPE(ctypes.c_int)(where)()
return number >= 0 and os.read(number, 9) == b'SECRET'
""", helpers=MACHINE_CODE),
    attempt("x32", "makes a system call of the x32 interface, whose numbers a filter may not know", """
return call(0x40000000 + 39) == os.getpid()
""", helpers=KERNEL),
    attempt("spawn", "starts another program with posix_spawn", """
import os
return os.waitpid(os.posix_spawn('/bin/true', ['true'], {}), 0)[1] == 0
"""),
    attempt("terminal-child", "starts a process on a terminal of its own", """
import os, pty
pid, number = pty.fork()
if pid == 0:
    os._exit(0)
return pid > 0
"""),
    attempt("process-pool", "uses a pool of processes", """
import multiprocessing
process = multiprocessing.get_context('fork').Process(target=int)
process.start()
process.join()
return process.exitcode == 0
"""),
    program("exec-from-memory", "replaces itself by a program that lies in memory only", """
import ctypes, os
def add(a, b):
    try:
        number = os.memfd_create('x')
        os.write(number, open('/bin/true', 'rb').read())
        arguments = (ctypes.c_char_p * 2)(b'true', None)
        ctypes.CDLL(None).syscall(322, number, b'', arguments, arguments, 0x1000)
    except OSError:
        pass
""", needs=["x86_64"]),
)
# fmt: on

ATTACKS: tuple[Attack, ...] = (*_PROCESSES, *_OTHER_WAYS_TO_PROCESSES)
