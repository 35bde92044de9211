"""What the files of The GDELT Project share: dataset, days, actors, places, articles."""
