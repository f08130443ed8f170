"""follow: did the tumour answer, did the patient suffer, when did the liver progress."""
