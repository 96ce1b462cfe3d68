"""Grading: strangers' notebooks in, one row each out. The judge stands outside the box in which their code runs.

run         the command: finds, grades, keeps, writes; goes on where it was stopped
engines     who grades: threads, or a dask cluster; `grade` makes the row of one submission
submissions, notebook       what was handed in, found and read without trust
assignment  what a chapter asks, and the proof that the book's own answers pass
examine     one submission, from its cells to an answer for each exercise (the judge)
session, wire               the judge's conversation with one box: plain data, bounded, each within its time
zygote, parent, sandbox     boxes: opened by the judge, forked by a warm parent, made by bubblewrap
worker, plan                inside the box: what an answer depends on, executed and asked
rows, journal               what came of it, kept line by line
report, export, attempts, files     what is written from the rows
"""
