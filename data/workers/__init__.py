"""Work in processes of their own, so that nothing it does can hold or harm the desk."""
