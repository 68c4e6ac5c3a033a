"""Minutiae records of other systems as values: ISO/IEC 19794-2 (2005, 2011) and ANSI/INCITS 378 (2004, 2009).

Reading judges every byte of a stranger's record; writing gives ISO/IEC 19794-2:2005.
"""
