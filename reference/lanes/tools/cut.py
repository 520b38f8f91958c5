"""Cuts the power of an ext4 file system: what is not on its disk is lost. Usage: cut.py MOUNT_POINT"""

import fcntl
import os
import struct
import sys

EXT4_IOC_SHUTDOWN = 0x8004587D
# The journal is not flushed: as if the machine had stopped now.
NOLOGFLUSH = 2

folder = os.open(sys.argv[1], os.O_RDONLY)
fcntl.ioctl(folder, EXT4_IOC_SHUTDOWN, struct.pack("I", NOLOGFLUSH))
