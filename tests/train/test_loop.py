"""The loop against the same loop written out by hand."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

from nnlab.device import get_device
from nnlab.train import fit
from nnlab.train.batches import InMemory

BCE = nn.BCEWithLogitsLoss()


def by_hand(model, x, y, *, epochs, batch_size, optimizer, shuffle=True):
    loader = DataLoader(TensorDataset(x, y), batch_size=batch_size, shuffle=shuffle)
    losses = []
    for _ in range(epochs):
        model.train()
        total = 0.0
        for xb, yb in loader:
            optimizer.zero_grad()
            value = BCE(model(xb), yb)
            value.backward()
            optimizer.step()
            total += value.item() * len(xb)
        losses.append(total / len(x))
    return losses


def same_weights(one, other):
    there = other.state_dict()
    return all(torch.equal(v, there[k]) for k, v in one.state_dict().items())


@pytest.mark.parametrize("shuffle", [True, False])
@pytest.mark.parametrize("batch_size", [1, 16, 50, 64])
def test_losses_weights_and_generator_are_those_of_a_loop_with_a_dataloader(points, network, batch_size, shuffle):
    theirs = network(nn.Dropout(0.3))
    optimizer = torch.optim.Adam(theirs.parameters(), lr=0.01, fused=True)
    expected = by_hand(theirs, *points, epochs=3, batch_size=batch_size, optimizer=optimizer, shuffle=shuffle)
    next_draw = torch.rand(4)
    ours = network(nn.Dropout(0.3))
    history = fit(ours, points, loss=BCE, lr=0.01, epochs=3, batch_size=batch_size, shuffle=shuffle)
    assert history.loss == expected  # not one bit apart; 50 points in batches of 16 end in a batch of 2
    assert same_weights(ours, theirs)
    assert torch.equal(torch.rand(4), next_draw)


def test_a_dataloader_gives_the_same_as_the_tensors(points, network):
    from_tensors = network(nn.Dropout(0.3))
    expected = fit(from_tensors, points, loss=BCE, epochs=3, batch_size=16)
    from_loader = network(nn.Dropout(0.3))
    loader = DataLoader(TensorDataset(*points), batch_size=16, shuffle=True)
    assert fit(from_loader, loader, loss=BCE, epochs=3) == expected
    assert same_weights(from_loader, from_tensors)


def test_rows_gathered_in_several_chunks_keep_the_order():
    x = torch.arange(23)[:, None]
    whole, chunked = InMemory(x, x, 4, True), InMemory(x, x, 4, True)
    chunked.chunk = 8
    torch.manual_seed(5)
    expected = [xb.tolist() for xb, _ in whole]
    torch.manual_seed(5)
    assert [xb.tolist() for xb, _ in chunked] == expected
    assert [len(xb) for xb in expected] == [4, 4, 4, 4, 4, 3]


def test_batch_size_none_is_one_update_an_epoch(points, network):
    seen = []
    loss = lambda output, y: (seen.append(len(y)), BCE(output, y))[1]  # noqa: E731
    fit(network(), points, loss=loss, epochs=2, batch_size=None)
    assert seen == [50, 50]


def test_a_stream_without_a_length_can_be_trained_on(points, network):
    class Stream(IterableDataset):
        def __iter__(self):
            return zip(*points, strict=True)

    assert len(fit(network(), DataLoader(Stream(), batch_size=16), loss=BCE, epochs=2)) == 2


@pytest.mark.parametrize(
    "kind", [np.asarray, lambda t: pd.DataFrame(t.numpy()), lambda t: t.double(), torch.Tensor.tolist]
)
def test_arrays_frames_doubles_and_lists_train_like_tensors(points, network, kind):
    expected = fit(network(), points, loss=BCE, epochs=2)
    assert fit(network(), tuple(kind(t) for t in points), loss=BCE, epochs=2) == expected


def test_doubles_from_a_dataloader_take_the_dtype_of_the_model(points, network):
    x, y = points
    loader = DataLoader(TensorDataset(x.double(), y.double()), batch_size=32)
    assert fit(network(), loader, loss=BCE, epochs=2) == fit(network(), points, loss=BCE, epochs=2, shuffle=False)


def test_class_numbers_of_any_whole_type_serve_cross_entropy(points):
    x, y = points
    for dtype in (np.int8, np.int32, np.int64):
        model = nn.Linear(2, 3)
        fit(model, (x, y[:, 0].numpy().astype(dtype)), loss=nn.CrossEntropyLoss(), epochs=1)


def test_a_layer_that_works_in_place_leaves_the_data_alone(points):
    x, _ = points
    before = x.clone()
    model = nn.Sequential(nn.ReLU(inplace=True), nn.Linear(2, 1))
    fit(model, points, loss=BCE, epochs=2, shuffle=False, validation=points)
    assert torch.equal(x, before)


def test_no_epoch_changes_nothing(points, network):
    model = network()
    assert len(fit(model, points, loss=BCE, epochs=0, validation=points)) == 0
    assert same_weights(model, network())


def test_threads_are_set_for_the_call_only(points, network):
    torch.set_num_threads(2)
    seen = []
    look = [lambda state: seen.append(torch.get_num_threads())]
    fit(network(), points, loss=BCE, epochs=1, callbacks=look)
    fit(network(), points, loss=BCE, epochs=1, callbacks=look, threads=1)
    assert (seen, torch.get_num_threads()) == ([2, 1], 2)


def test_the_model_and_the_data_move_to_the_device_that_is_asked_for(points, network):
    device = get_device()  # the CPU, where there is nothing better
    expected = fit(network(), points, loss=BCE, epochs=3, validation=points)
    model = network()
    history = fit(model, points, loss=BCE, epochs=3, validation=points, device=device)
    assert next(model.parameters()).device.type == device.type
    assert history.loss == pytest.approx(expected.loss, abs=1e-4)


def noisy(x):
    return x + 0.1 * torch.randn_like(x)


def test_augment_changes_the_training_batches_as_in_a_loop_by_hand(points, network):
    theirs = nn.Sequential(nn.Identity(), network())
    theirs[0].register_forward_hook(lambda module, given, x: noisy(x))
    expected = fit(theirs, points, loss=BCE, epochs=3, batch_size=16)
    ours = network()
    assert fit(ours, points, loss=BCE, epochs=3, batch_size=16, augment=noisy) == expected
    assert same_weights(ours, theirs[1])


def test_augment_leaves_the_validation_and_the_data_alone(points, network):
    x = points[0].clone()
    history = fit(network(), points, loss=BCE, epochs=1, lr=1e-12, validation=points, augment=lambda x: x.mul_(0))
    with torch.no_grad():
        network_ = network()
        shown, plain = (BCE(network_(inputs), points[1]).item() for inputs in (0 * x, x))
    assert history.loss == pytest.approx([shown]) and history.val_loss == pytest.approx([plain])
    assert torch.equal(points[0], x) and abs(shown - plain) > 1e-3
