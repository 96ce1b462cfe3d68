"""Every data set of the course by name: the tables, then the images."""

from nnlab.data.entry import DataSet
from nnlab.data.fairness import FAIRNESS
from nnlab.data.pictures import PICTURES
from nnlab.data.tables import TABLES

CATALOGUE: dict[str, DataSet] = {entry.name: entry for entry in (*TABLES, *FAIRNESS, *PICTURES)}
