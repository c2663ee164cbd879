"""Blind review: two or more runs become workbooks for raters, and the ratings a verdict by people.

`records` and `rubric` are what lies in the files, `batch` the folder and its states. What a rater gets is made in two steps that know
different things: `assignment` decides who sees which answer on which side and writes the key; `workbook` is given the texts as shown, and
nothing else.
"""
