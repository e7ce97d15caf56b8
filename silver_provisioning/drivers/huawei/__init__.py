"""Huawei MA5600T, MA5603T, MA5608T, MA5800 (SmartAX) through SSH or telnet."""

from .driver import Huawei as Driver
