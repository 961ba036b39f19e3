// Each test trains a model on both cores: they run one after the other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
