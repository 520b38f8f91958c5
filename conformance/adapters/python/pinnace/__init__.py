"""A client of Pinnace 1, written from the specification in spec/ and nothing else.

Numbers on the wire come from spec/data. Ids like SES-012 name requirements in spec/text/.
"""
