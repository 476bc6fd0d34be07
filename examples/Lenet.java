///usr/bin/env jbang "$0" "$@" ; exit $?
//JAVA 25+
//DEPS dev.fovea:fovea:0.1.0-SNAPSHOT
//DEPS dev.fovea:fovea:0.1.0-SNAPSHOT:natives-linux-x86_64
//RUNTIME_OPTIONS --enable-native-access=ALL-UNNAMED

import static fovea.nn.Layers.*;

import fovea.*;
import fovea.data.Digits;
import fovea.optim.Sgd;

// java --enable-native-access=ALL-UNNAMED --class-path 'target/*' examples/Lenet.java
void main() {
    var lenet = sequential(
            conv2d(6, 5).padding(2), relu(), maxPool2d(2),
            conv2d(16, 5), relu(), maxPool2d(2),
            flatten(), dense(120), relu(), dense(84), relu(), dense(10));
    var digits = Digits.split();
    try (var session = Session.open(Session.options().seed(42))) {
        var model = lenet.build(session, Shape.of(1, 28, 28), 42);
        var sgd = new Sgd(model.parameters(), new Sgd.Options(0.05, 0.9, 5e-4));
        for (var epoch = 1; epoch <= 2; epoch++) {
            var last = 0f;
            for (var batch : digits.train().shuffled(epoch).batches(128)) {
                try (var step = session.step(Mode.TRAIN)) {
                    var loss = model.forward(step.input(batch)).crossEntropy(batch.labels());
                    step.backward(loss);
                    sgd.step();
                    last = loss.item();
                }
            }
            IO.println("epoch " + epoch + ", loss of the last batch " + last);
        }
    }
}
