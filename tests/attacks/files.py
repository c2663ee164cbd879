"""Attacks that reach for files, and for secrets in memory and environment. A program here answers rightly only if its attack worked."""

from tests.attacks.records import STOPPED, Attack
from tests.attacks.writing import KERNEL, PEEK, attempt, program

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
# fmt: on

ATTACKS: tuple[Attack, ...] = (*_FILES, *_SECRETS, *_OTHER_WAYS_TO_FILES)
