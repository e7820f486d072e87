"""One typed expression language for filters: front ends parse into a tree, back ends evaluate it.

`linq.parse` is a front end; `predicate.compile_predicate` is the reference meaning of a tree;
`sql.split` hands the database what is proven equal to the reference.
"""
