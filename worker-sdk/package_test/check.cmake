# cmake -DBUILD=... -DSOURCE=... -DCOMPILER=... -DWORK=... -P check.cmake
# Installs the worker SDK of the build tree BUILD into WORK/prefix, then configures, builds and runs the
# service in SOURCE against it.
function(run)
  execute_process(COMMAND ${ARGN} RESULT_VARIABLE code OUTPUT_VARIABLE out ERROR_VARIABLE out)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "'${ARGN}' ended with ${code}:\n${out}")
  endif()
endfunction()

file(REMOVE_RECURSE ${WORK})
run(${CMAKE_COMMAND} --install ${BUILD} --component pawl-worker --prefix ${WORK}/prefix)
# Outside of the source tree, so that no header of it is found by accident.
file(COPY ${SOURCE}/CMakeLists.txt ${SOURCE}/service.cc DESTINATION ${WORK}/source)
run(${CMAKE_COMMAND} -S ${WORK}/source -B ${WORK}/build -G Ninja -DCMAKE_CXX_COMPILER=${COMPILER}
    -DCMAKE_PREFIX_PATH=${WORK}/prefix)
run(${CMAKE_COMMAND} --build ${WORK}/build)
run(${WORK}/build/service)
file(REMOVE_RECURSE ${WORK})  # archives with debug information are large
