from . import models
from . import rates
from .hooks import pre_init_hook
