"""What ``follow`` does between the door and the pages: responses, endpoints, harm and quality of life of one case or of many."""
