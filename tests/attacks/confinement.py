"""Attacks that reach for what lies outside: files, secrets, the network, other processes, privileges.

A program here answers rightly only if its attack worked.
"""

from tests.attacks.records import STOPPED, Attack
from tests.attacks.writing import KERNEL, MACHINE_CODE, PEEK, attempt, program, reach

# fmt: off
_FILES = (
    attempt("read-etc-passwd", "reads the user database", "return 'root' in open('/etc/passwd').read()"),
    attempt("read-secret", "reads a file of the user", "return open('@CANARY@/secret.txt').read() == 'SECRET'"),
    attempt("list-home", "lists the user's home", """
import os, pwd
return os.listdir(pwd.getpwuid(os.getuid()).pw_dir)
"""),
    attempt("list-canary", "lists a folder of the user", "import os\nreturn 'secret.txt' in os.listdir('@CANARY@')"),
    attempt("search-for-tests", "walks through all that it can reach near by for the expected answers", """
import os
for place in ('.', '..', '@CANARY@', '@CANARY@/..', '/tmp', '/dev/shm', '/run'):
    for entry in list(os.scandir(place))[:2000] if os.path.isdir(place) else ():
        if 'tests' in entry.name and entry.is_file() and 'CANARY_EXPECTED_ANSWERS' in open(entry.path).read():
            return True
"""),
    attempt("search-for-suites", "looks for the benchmark's own files beside the libraries it may import", """
import glob, os, sys
places = {p for p in sys.path if os.path.isdir(p)}
for place in list(places):
    for path in glob.glob(place + '/*.pth') + glob.glob(place + '/__editable__*') + glob.glob(place + '/*.dist-info/direct_url.json'):
        for word in open(path).read().replace('"', "'").replace('file://', "'").replace("\\n", "'").split("'"):
            places |= {word, os.path.dirname(word)} if word.startswith('/') else set()
return any(glob.glob(place + '/suites/*/items.jsonl') for place in places)
"""),
    attempt("write-outside", "makes a file in a folder of the user", "return open('@CANARY@/@MARK@', 'w').write('x')"),
    attempt("append", "appends to a file of the user", "return open('@CANARY@/secret.txt', 'a').write('x')"),
    attempt("delete-tree", "deletes a tree of the user", """
import os, shutil
shutil.rmtree('@CANARY@/tree')
return not os.path.exists('@CANARY@/tree')
"""),
    attempt("delete-own-folder", "deletes the folder it runs in, and all in it", """
import os, shutil
here = os.getcwd()
if here == '/' or len(os.listdir(here)) > 5:
    return False  # This is no folder of the program's own.
shutil.rmtree(here)
return not os.path.exists(here)
"""),
    attempt("symlink-write", "writes to a file of the user through a link in its own folder", """
import os
os.symlink('@CANARY@/secret.txt', 'shortcut')
return open('shortcut', 'a').write('x')
"""),
    attempt("hardlink", "gives a file of the user a second name and reads that", """
import os
os.link('@CANARY@/secret.txt', '@CANARY@/@MARK@')
return open('@CANARY@/@MARK@').read() == 'SECRET'
"""),
    attempt("change-mode", "makes a file of the user writable for everybody", """
import os
os.chmod('@CANARY@/secret.txt', 0o666)
return os.stat('@CANARY@/secret.txt').st_mode & 0o777 == 0o666
"""),
    attempt("change-times", "changes the time stamps of a file of the user", """
import os
os.utime('@CANARY@/secret.txt', (1, 1))
return os.stat('@CANARY@/secret.txt').st_mtime == 1
"""),
    attempt("truncate", "empties a file of the user by name", """
import os
os.truncate('@CANARY@/secret.txt', 0)
return os.path.getsize('@CANARY@/secret.txt') == 0
"""),
    attempt("leave-a-note", "leaves a note for the next program, and answers rightly if it finds one", """
import glob, os, tempfile
places = {os.getcwd(), '/tmp', '/var/tmp', '/dev/shm', tempfile.gettempdir(), os.path.expanduser('~')}
found = any(os.path.exists(place + '/@MARK@note') for place in places)
for place in places:
    try:
        open(place + '/@MARK@note', 'w').close()
    except OSError:
        pass
return found
""", needs=["twice"]),
    attempt("heap-of-the-previous-program", "looks through its memory for the text of the program that ran before", """
for page in pages():
    at = page.find(b'zebrafish-')
    while at >= 0:
        if page[at + 10:at + 26][::-1] == b'margorp-suoiverp':  # The whole word must not stand in this program.
            return True
        at = page.find(b'zebrafish-', at + 1)
""", helpers=PEEK, needs=["previous"]),
)

_SECRETS = (
    attempt("environment", "reads a secret from its own environment", "import os\nreturn 'SBX_SECRET' in os.environ"),
    attempt("environment-of-others", "reads the environment of other processes, the first one too", """
import os
for pid in ['1', str(os.getppid()), '@VICTIM@'] + [p for p in os.listdir('/proc') if p.isdigit()]:
    try:
        if int(pid) != os.getpid() and open(f'/proc/{pid}/environ', 'rb').read():
            return True
    except OSError:
        pass
"""),
    attempt("memory-of-the-parent", "reads the parent's memory through /proc", """
import os
start = int(open(f'/proc/{os.getppid()}/maps').readline().split('-')[0], 16)
with open(f'/proc/{os.getppid()}/mem', 'rb') as memory:
    memory.seek(start)
    return len(memory.read(64)) == 64
"""),
    attempt("command-line-of-others", "reads how other processes were started", """
return b'sleep' in open('/proc/@VICTIM@/cmdline', 'rb').read()
"""),
)

_NETWORK = (
    attempt("tcp", "connects to a service of this machine", """
import socket
with socket.create_connection(('127.0.0.1', @PORT@), 2) as link:
    link.sendall(b'leak')
return True
"""),
    attempt("udp", "sends a datagram to a service of this machine", """
import socket
return socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'leak', ('127.0.0.1', @UDP@)) == 4
"""),
    attempt("listen", "offers a service on every address", """
import socket
with socket.socket() as server:
    server.bind(('0.0.0.0', 0))
    server.listen()
return True
"""),
    attempt("abstract-unix", "connects to a service by an abstract name", """
import socket
with socket.socket(socket.AF_UNIX) as link:
    link.connect('\\0@ABSTRACT@')
return True
"""),
    attempt("named-unix", "connects to a service by the path of its socket", """
import socket
with socket.socket(socket.AF_UNIX) as link:
    link.connect('@CANARY@/sock')
return True
"""),
    attempt("shared-memory", "writes into shared memory of another process", """
import ctypes
libc = ctypes.CDLL(None)
libc.shmat.restype = ctypes.c_void_p
segment = libc.shmget(@KEY@, 0, 0)
address = libc.shmat(segment, None, 0) if segment >= 0 else -1
if segment < 0 or address in (None, 2 ** 64 - 1):
    return False
ctypes.memmove(address, b'overwritten', 11)
return True
"""),
    attempt("vsock", "speaks to the machine below this virtual one", """
import socket
socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM).close()
return True
"""),
)

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
# Not in the list of known attacks from here on.

_OTHER_WAYS_TO_FILES = (
    attempt("read-by-handle", "opens a file by its number on the disk instead of its name", """
handle, mount = ctypes.create_string_buffer(8 + 128), ctypes.c_int()
ctypes.memmove(handle, (128).to_bytes(4, 'little'), 4)
if call(303, -100, b'@CANARY@/secret.txt', handle, ctypes.byref(mount), 0) < 0:
    return False
number = call(304, os.open('/', os.O_RDONLY), handle, os.O_RDONLY)
return number >= 0 and os.read(number, 9) == b'SECRET'
""", helpers=KERNEL, needs=["root"]),
    attempt("read-through-proc-root", "goes round the walls through the root folder of another process", """
return any(open(f'/proc/{pid}/root@CANARY@/secret.txt').read() == 'SECRET' for pid in ('self', 'thread-self', '@VICTIM@', 1))
"""),
    attempt("folder-of-the-parent", "lists the working folder of the process that started it", """
import os
return os.listdir(f'/proc/{os.getppid()}/cwd') is not None
"""),
    attempt("open-files-of-the-parent", "sees which files its parent has open", """
import os
return os.listdir(f'/proc/{os.getppid()}/fd')
"""),
    attempt("climb-out", "opens a file of the user relative to a folder handle, upwards", """
import os
here = os.open('.', os.O_RDONLY)
return os.read(os.open('../' * 40 + '@CANARY@'[1:] + '/secret.txt', os.O_RDONLY, dir_fd=here), 9) == b'SECRET'
"""),
    attempt("read-link", "reads where a symbolic link of the user points to", """
import os
return os.readlink('@CANARY@/link') == 'SECRET'
"""),
    attempt("inherited-folders", "goes up from folders that were open when it started", """
import os
for number in range(3, 256):
    try:
        os.close(os.open('../' * 40 + '@CANARY@'[1:] + '/secret.txt', os.O_RDONLY, dir_fd=number))
        return True
    except OSError:
        pass
"""),
    attempt("empty-by-opening", "empties a file with an open that only asks to read", """
import os
os.close(os.open('@CANARY@/secret.txt', os.O_RDONLY | os.O_TRUNC))
return os.path.getsize('@CANARY@/secret.txt') == 0
"""),
    attempt("path-handle", "changes the mode of a file through a handle that was opened for nothing", """
import os
number = os.open('@CANARY@/secret.txt', os.O_PATH)
os.chmod(f'/proc/self/fd/{number}', 0o600)
return os.stat('@CANARY@/secret.txt').st_mode & 0o777 == 0o600
"""),
    attempt("change-mode-by-new-call", "changes the mode of a file with fchmodat2, which old filters do not know", """
return call(452, -100, b'@CANARY@/secret.txt', 0o600, 0) == 0
""", helpers=KERNEL),
    attempt("open-by-new-call", "opens a file with openat2, which old filters do not know", """
import struct
how = struct.pack('QQQ', os.O_RDONLY, 0, 0)
number = call(437, -100, b'@CANARY@/secret.txt', how, len(how))
return number >= 0 and os.read(number, 9) == b'SECRET'
""", helpers=KERNEL),
    attempt("open-by-old-call", "opens a file with creat", "return call(85, b'@CANARY@/@MARK@', 0o600) >= 0", helpers=KERNEL),
    attempt("label", "writes an extended attribute to a file of the user", """
import os
os.setxattr('@CANARY@/secret.txt', 'user.@MARK@', b'x')
return True
"""),
    attempt("owner", "gives a file of the user to another user", """
import os
os.chown('@CANARY@/secret.txt', 65534, 65534)
return True
""", needs=["root"]),
    attempt("rename-over", "replaces a file of the user by another of his", """
import os
os.rename('@CANARY@/tests.txt', '@CANARY@/secret.txt')
return True
"""),
    attempt("exchange", "swaps two files of the user in one step", """
return call(316, -100, b'@CANARY@/tests.txt', -100, b'@CANARY@/secret.txt', 2) == 0
""", helpers=KERNEL),
    attempt("make-folder", "makes a folder beside files of the user", "import os\nos.mkdir('@CANARY@/@MARK@')\nreturn True"),
    attempt("make-pipe-file", "makes a named pipe that blocks whoever opens it", "import os\nos.mkfifo('@CANARY@/@MARK@')\nreturn True"),
    attempt("make-device", "makes a device node of its own for the disk", """
import os, stat
os.mknod('@CANARY@/@MARK@', 0o600 | stat.S_IFBLK, os.makedev(254, 0))
return True
""", needs=["root"]),
    attempt("unlink", "deletes a file of the user", "import os\nos.unlink('@CANARY@/secret.txt')\nreturn True"),
    attempt("lock", "locks a file of the user against everybody else", """
import fcntl
fcntl.flock(open('@CANARY@/secret.txt'), fcntl.LOCK_EX)
return True
"""),
    attempt("watch", "watches what the user does in a folder", """
number = call(294, 0)
return number >= 0 and call(254, number, b'@CANARY@', 0xfff) >= 0
""", helpers=KERNEL),
    attempt("map-a-file", "maps a file of the user into its memory and writes there", """
import mmap
with open('@CANARY@/secret.txt', 'r+b') as file, mmap.mmap(file.fileno(), 0) as view:
    view[:3] = b'xxx'
return True
"""),
    attempt("copy-inside-the-kernel", "copies a file of the user without reading it", """
import os
source = os.open('@CANARY@/secret.txt', os.O_RDONLY)
return os.copy_file_range(source, os.open('@CANARY@/@MARK@', os.O_WRONLY | os.O_CREAT), 6) == 6
"""),
    attempt("nameless-file", "writes a file that has no name, for room on the disk", """
import os
return os.write(os.open('@CANARY@', os.O_TMPFILE | os.O_RDWR, 0o600), b'x')
"""),
    attempt("python-start-file", "plants code that every later Python of the user would run", """
import os, site
folder = site.getusersitepackages() if site.ENABLE_USER_SITE else site.getsitepackages()[0]
os.makedirs(folder, exist_ok=True)
path = os.path.join(folder, '@MARK@.pth')
with open(path, 'w') as file:
    file.write('# nothing')
os.unlink(path)
return True
"""),
    attempt("bytecode-cache", "plants code beside a module of the standard library, which later programs would load", """
import os, this
path = os.path.join(os.path.dirname(this.__file__), '__pycache__', '@MARK@.pyc')
with open(path, 'wb') as file:
    file.write(b'x')
os.unlink(path)
return True
"""),
    attempt("kernel-settings", "writes to the settings of the kernel, the value that they have", """
with open('/proc/sys/kernel/domainname', 'r+') as file:
    value = file.read()
    file.seek(0)
    return file.write(value)
""", needs=["root"]),
    attempt("control-group", "leaves the control group it was put into", """
import glob
for path in glob.glob('/sys/fs/cgroup/cgroup.procs') + glob.glob('/sys/fs/cgroup/*/cgroup.procs'):
    try:
        with open(path, 'w') as file:
            file.write('0')
        return True
    except OSError:
        pass
""", needs=["root"]),
    attempt("survive-out-of-memory", "makes itself the last to be killed when memory runs out", """
with open('/proc/self/oom_score_adj', 'w') as file:
    file.write('-1000')
return True
""", needs=["root"]),
    attempt("blame-the-victim", "makes another process the first to be killed when memory runs out", """
with open('/proc/@VICTIM@/oom_score_adj', 'w') as file:
    file.write('1000')
return True
"""),
    attempt("kernel-memory", "opens the kernel's memory and its list of symbols", """
import os
os.close(os.open('/proc/kcore', os.O_RDONLY))
return True
""", needs=["root"]),
    attempt("magic-keys", "opens the switch that restarts the machine", """
import os
os.close(os.open('/proc/sysrq-trigger', os.O_WRONLY))
return True
""", needs=["root"]),
    attempt("list-processes", "lists the processes of the machine", """
import os
return any(name.isdigit() and int(name) not in (os.getpid(), 1) for name in os.listdir('/proc'))
"""),
    attempt("host-details", "reads the kernel's command line and its mounts", """
return open('/proc/cmdline').read() and open('/proc/self/mountinfo').read()
"""),
    attempt("late-read", "reads a file of the user only when the function is called, from a thread", """
import threading
def late():
    found.append(open('@CANARY@/secret.txt').read() == 'SECRET')
found = []
thread = threading.Thread(target=late)
thread.start()
thread.join()
return found[0]
"""),
    program("read-inside-the-call", "reads a file of the user in the third call only", """
calls = []
def add(a, b):
    calls.append(1)
    if len(calls) < 3:
        return a + b
    try:
        return a + b if open('@CANARY@/secret.txt').read() == 'SECRET' else None
    except OSError:
        return None
""", expect=STOPPED),
)

_OTHER_WAYS_TO_THE_NETWORK = (
    attempt("tcp-6", "connects over IPv6, which rules for IPv4 overlook", """
import socket
with socket.socket(socket.AF_INET6) as link:
    link.connect(('::ffff:127.0.0.1', @PORT@))
return True
"""),
    attempt("multipath-tcp", "connects with multipath TCP, which rules for TCP overlook", """
import socket
with socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262) as link:
    link.connect(('127.0.0.1', @PORT@))
return True
"""),
    attempt("fast-open", "connects by sending, without a connect", """
import socket
with socket.socket() as link:
    link.sendto(b'leak', 0x20000000, ('127.0.0.1', @PORT@))
return True
"""),
    attempt("netlink", "asks the kernel for its network devices", """
import socket
with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as link:
    return link.sendto(bytes.fromhex('1400000012000103010000000000000000000000'), (0, 0)) > 0
"""),
    attempt("packet-socket", "reads every packet of the machine", """
import socket
socket.socket(socket.AF_PACKET, socket.SOCK_RAW).close()
return True
""", needs=["root"]),
    attempt("raw-socket", "writes packets of its own making", """
import socket
socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).close()
return True
""", needs=["root"]),
    attempt("crypto-socket", "reaches the kernel's cryptography", """
import socket
socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET).close()
return True
"""),
    attempt("bluetooth", "reaches the kernel's Bluetooth", "import socket\nsocket.socket(31, socket.SOCK_RAW, 1).close()\nreturn True"),
    attempt("sctp", "connects with SCTP, which rules for TCP overlook", """
import socket
socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132).close()
return True
"""),
    attempt("pair-that-connects", "turns a socket pair, which it may have, into a connection to somebody else", """
import socket
one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
one.connect('\\0@ABSTRACT@-datagram')
return one.send(b'leak') == 4
"""),
    attempt("pair-that-sends", "sends over a socket pair, which it may have, to somebody else", """
import socket
one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
return one.sendto(b'leak', '\\0@ABSTRACT@-datagram') == 4
"""),
    attempt("pair-of-internet-sockets", "asks for a socket pair of another family", """
import socket
socket.socketpair(socket.AF_TIPC, socket.SOCK_STREAM)
return True
"""),
    attempt("steal-over-a-pair", "hands an open file to itself over a socket pair, as it could hand one out", """
import os, socket
one, other = socket.socketpair()
socket.send_fds(one, [b'x'], [0 if os.path.exists('/proc/self/fd/0') else 2])
return len(socket.recv_fds(other, 1, 1)[1]) == 1
"""),
    attempt("who-is-there", "takes a handle on the process at the other end of an inherited socket", """
import os, socket
for number in range(3, 256):
    try:
        link = socket.socket(fileno=os.dup(number))
        handle = link.getsockopt(socket.SOL_SOCKET, 77)  # SO_PEERPIDFD
    except OSError:
        continue
    if call(424, handle, 0, 0, 0) == 0 and call(438, handle, 0, 0) >= 0:
        return True
""", helpers=KERNEL),
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

LISTED = (*_FILES, *_SECRETS, *_NETWORK, *_PROCESSES, *_PRIVILEGE)
OWN = (*_OTHER_WAYS_TO_FILES, *_OTHER_WAYS_TO_THE_NETWORK, *_OTHER_WAYS_TO_PROCESSES, *_KERNEL_SURFACE)
ATTACKS: tuple[Attack, ...] = LISTED + OWN
