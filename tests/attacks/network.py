"""Attacks that reach for the network and for local sockets. A program here answers rightly only if its attack worked."""

from tests.attacks.records import Attack
from tests.attacks.writing import KERNEL, attempt

# fmt: off
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
# fmt: on

ATTACKS: tuple[Attack, ...] = (*_NETWORK, *_OTHER_WAYS_TO_THE_NETWORK)
