"""Readers: a published collection → manifest rows. CORPORA is all there is to it; a new kind is a file and a line here.

A reader takes (root, path, source, licence, options, note): the folder that rows' paths start from, where below it the
collection lies, what rows call it, its licence, the reader's own options, and what is called with each thing worth
saying (what was detected, what was left out and why). It raises InputError, one line, where nothing can be read.
"""

from __future__ import annotations

from deepsign.data.readers.arrays import arrays
from deepsign.data.readers.asl_citizen import asl_citizen
from deepsign.data.readers.asl_signs import asl_signs
from deepsign.data.readers.clip_folder import clip_folder, landmark_arrays
from deepsign.data.readers.entry import Reader
from deepsign.data.readers.frame_folder import frame_folder
from deepsign.data.readers.image_folder import image_folder
from deepsign.data.readers.jester import jester
from deepsign.data.readers.landmark_table import landmark_table
from deepsign.data.readers.lsa64 import lsa64
from deepsign.data.readers.mp_data import mp_data
from deepsign.data.readers.phoenix2014 import phoenix2014
from deepsign.data.readers.popsign import popsign
from deepsign.data.readers.rest_frames import rest_frames
from deepsign.data.readers.sign_mnist import sign_mnist
from deepsign.data.readers.signers_csv import signers_csv
from deepsign.data.readers.wlasl import wlasl

__all__ = ["CORPORA", "Reader"]

CORPORA: dict[str, Reader] = {
    "image_folder": image_folder,
    "signers_csv": signers_csv,
    "landmark_table": landmark_table,
    "rest_frames": rest_frames,
    "clip_folder": clip_folder,
    "landmark_arrays": landmark_arrays,
    "mp_data": mp_data,
    "asl_signs": asl_signs,
    "lsa64": lsa64,
    "wlasl": wlasl,
    "asl_citizen": asl_citizen,
    "popsign": popsign,
    "sign_mnist": sign_mnist,
    "arrays": arrays,
    "frame_folder": frame_folder,
    "jester": jester,
    "phoenix2014": phoenix2014,
}
