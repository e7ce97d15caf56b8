from . import contract_math
from . import models
